import type { Codec } from "@iggy-connectors/codecs";
import type { ConnectorError, Headers, Schema } from "@iggy-connectors/sdk";
import { ChainMessage } from "../chain/chain-message.ts";
import { StepFailure, TransformPlan, type TransformStep } from "../chain/transform-plan.ts";
import { asConnectorError } from "./message-failure.ts";
import type { PlanInput } from "./plan-input.ts";

/** A message at one point of its way. */
export interface TracedMessage {
  readonly value: unknown;
  /** What the value is. */
  readonly kind: Schema;
  readonly headers: Headers;
  /** Sources: name of the `[[streams]]` entry it goes to. */
  readonly target: string | undefined;
}

/** What one message was at each point of its way: `in`, after each step by its name, `out`. */
export interface MessageTrace {
  readonly points: readonly { readonly point: string; readonly messages: readonly TracedMessage[] }[];
  readonly end: TraceEnd;
}

export type TraceEnd =
  | { readonly kind: "delivered" }
  | { readonly kind: "filtered"; readonly transform: string }
  | {
      readonly kind: "failed";
      readonly stage: "decode" | "transform";
      readonly transform?: string;
      readonly error: ConnectorError;
    };

/**
 * Takes one message through a chain step by step, to show it. The chain's own run is not touched; a script or a random
 * value is evaluated once more.
 */
export function traceMessage(codec: Codec, plan: TransformPlan, column: PlanInput, index: number): MessageTrace {
  const bytes = column.bytes(index);
  const headers = (): Headers => {
    try {
      return column.headers(index);
    } catch {
      // A block that is none does not keep the message from being shown.
      return new Map();
    }
  };
  const points: { point: string; messages: TracedMessage[] }[] = [];
  let value: unknown;
  try {
    value = bytes === undefined ? column.value(index) : codec.decode(bytes, column.start(index), column.end(index));
  } catch (thrown) {
    const raw = bytes?.subarray(column.start(index), column.end(index));
    points.push({ point: "in", messages: [{ value: raw, kind: "raw", headers: headers(), target: undefined }] });
    return { points, end: { kind: "failed", stage: "decode", error: asConnectorError(thrown) } };
  }
  let current: TracedMessage[] = [{ value, kind: codec.kind, headers: headers(), target: column.target(index) }];
  points.push({ point: "in", messages: current });
  for (const step of plan.steps) {
    try {
      current = current.flatMap((message) => throughStep(step, message, codec, column, index));
    } catch (thrown) {
      if (!(thrown instanceof StepFailure)) throw thrown;
      const end: TraceEnd = { kind: "failed", stage: "transform", transform: step.name, error: thrown.error };
      return { points, end };
    }
    points.push({ point: step.name, messages: current });
    if (current.length === 0) return { points, end: { kind: "filtered", transform: step.name } };
  }
  points.push({ point: "out", messages: current });
  return { points, end: { kind: "delivered" } };
}

function throughStep(
  step: TransformStep,
  { value, kind, headers, target }: TracedMessage,
  codec: Codec,
  column: PlanInput,
  index: number,
): TracedMessage[] {
  const message = new ChainMessage(new ValueInput(column, value), codec);
  message.begin(index);
  message.become({}, { value, kind, headers, ...(target === undefined ? {} : { target }) });
  const kept: TracedMessage[] = [];
  new TransformPlan([step]).process(message, {
    keep: (one) => kept.push({ value: one.value, kind: one.kind, headers: one.headers, target: one.target }),
    filtered: () => {},
  });
  return kept;
}

/** A message with this value in the place of its payload: it belongs to the trace, and no step may change it in place. */
class ValueInput implements PlanInput {
  readonly length: number;
  readonly stream: string | undefined;
  readonly topic: string | undefined;
  readonly #column: PlanInput;
  readonly #value: unknown;

  constructor(column: PlanInput, value: unknown) {
    this.#column = column;
    this.#value = value;
    this.length = column.length;
    this.stream = column.stream;
    this.topic = column.topic;
  }

  bytes(): undefined {
    return undefined;
  }

  start(): number {
    return 0;
  }

  end(): number {
    return 0;
  }

  value(): unknown {
    return this.#value;
  }

  partition(index: number): number | undefined {
    return this.#column.partition(index);
  }

  offset(index: number): bigint | undefined {
    return this.#column.offset(index);
  }

  id(index: number): bigint | undefined {
    return this.#column.id(index);
  }

  checksum(index: number): bigint | undefined {
    return this.#column.checksum(index);
  }

  timestamp(index: number): number | undefined {
    return this.#column.timestamp(index);
  }

  originTimestamp(index: number): number | undefined {
    return this.#column.originTimestamp(index);
  }

  headers(index: number): Headers {
    return this.#column.headers(index);
  }

  target(index: number): string | undefined {
    return this.#column.target(index);
  }

  key(index: number): string | Uint8Array | undefined {
    return this.#column.key(index);
  }
}
