import type { Codec } from "@iggy-connectors/codecs";
import type { ConnectorError, Headers, Schema } from "@iggy-connectors/sdk";
import { openJson } from "@iggy-connectors/sdk/internal";
import { ChainMessage } from "../chain/chain-message.ts";
import { isJsonText } from "../chain/chain-payload.ts";
import { StepFailure, TransformPlan, type TransformStep } from "../chain/transform-plan.ts";
import { asConnectorError } from "./message-failure.ts";
import type { PlanInput } from "./plan-input.ts";

/** A message at one point of its chain. */
export interface TracedMessage {
  /** A value, or a JSON text (`JsonText`) whose untouched parts are as they came. */
  readonly value: unknown;
  /** The bytes of the payload, as long as nothing changed it. */
  readonly payload?: Uint8Array | undefined;
  /** Kind of the value. */
  readonly kind: Schema;
  readonly headers: Headers;
  /** Sources: name of the `[[streams]]` entry it goes to. */
  readonly target: string | undefined;
}

/** One message at each point of its chain: `in`, after each step by its name, `out`. */
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
 * Runs one message through a chain step by step, for display. It does not affect the run of the batch; scripts and random values are
 * evaluated once more.
 */
export function traceMessage(codec: Codec, plan: TransformPlan, input: PlanInput, index: number): MessageTrace {
  const bytes = input.bytes(index);
  const headers = (): Headers => {
    try {
      return input.headers(index);
    } catch {
      // Malformed headers must not prevent the message from being shown.
      return new Map();
    }
  };
  const points: { point: string; messages: TracedMessage[] }[] = [];
  let value: unknown;
  try {
    value = bytes === undefined ? input.value(index) : read(codec, bytes, input.start(index), input.end(index));
  } catch (thrown) {
    const raw = bytes?.subarray(input.start(index), input.end(index));
    points.push({ point: "in", messages: [{ value: raw, kind: "raw", headers: headers(), target: undefined }] });
    return { points, end: { kind: "failed", stage: "decode", error: asConnectorError(thrown) } };
  }
  const payload = isJsonText(codec) ? bytes?.subarray(input.start(index), input.end(index)) : undefined;
  let current: TracedMessage[] = [
    { value, payload, kind: codec.kind, headers: headers(), target: input.target(index) },
  ];
  points.push({ point: "in", messages: current });
  for (const step of plan.steps) {
    try {
      current = current.flatMap((message) => throughStep(step, message, codec, input, index));
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

function read(codec: Codec, bytes: Buffer, start: number, end: number): unknown {
  return isJsonText(codec) ? openJson(bytes, start, end) : codec.decode(bytes, start, end);
}

function throughStep(
  step: TransformStep,
  { value, payload, kind, headers, target }: TracedMessage,
  codec: Codec,
  input: PlanInput,
  index: number,
): TracedMessage[] {
  const message = new ChainMessage(new ValueInput(input, value), codec);
  message.begin(index);
  message.become({}, { value, kind, headers, ...(target === undefined ? {} : { target }) });
  const kept: TracedMessage[] = [];
  new TransformPlan([step]).process(message, {
    keep: ({ result, kind: next, headers: after, target: to }) =>
      kept.push({
        value: result,
        payload: result === value && next === kind ? payload : undefined,
        kind: next,
        headers: after,
        target: to,
      }),
    filtered: () => {},
  });
  return kept;
}

/** A message with this value instead of its payload. The trace keeps the value, so that no step may change it in place. */
class ValueInput implements PlanInput {
  readonly length: number;
  readonly stream: string | undefined;
  readonly topic: string | undefined;
  readonly #input: PlanInput;
  readonly #value: unknown;

  constructor(input: PlanInput, value: unknown) {
    this.#input = input;
    this.#value = value;
    this.length = input.length;
    this.stream = input.stream;
    this.topic = input.topic;
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
    return this.#input.partition(index);
  }

  offset(index: number): bigint | undefined {
    return this.#input.offset(index);
  }

  id(index: number): bigint | undefined {
    return this.#input.id(index);
  }

  checksum(index: number): bigint | undefined {
    return this.#input.checksum(index);
  }

  timestamp(index: number): number | undefined {
    return this.#input.timestamp(index);
  }

  originTimestamp(index: number): number | undefined {
    return this.#input.originTimestamp(index);
  }

  headers(index: number): Headers {
    return this.#input.headers(index);
  }

  target(index: number): string | undefined {
    return this.#input.target(index);
  }

  key(index: number): string | Uint8Array | undefined {
    return this.#input.key(index);
  }
}
