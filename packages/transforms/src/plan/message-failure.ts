import { ConnectorError, RejectedError } from "@iggy-connectors/sdk";
import { PayloadFault } from "../chain/chain-payload.ts";
import { type OnError, StepFailure } from "../chain/transform-plan.ts";

/** At which stage a message failed. */
export type FailureStage = "decode" | "transform" | "encode" | "consume" | "send";

/** A message that failed, at any stage. A plan's failures carry errors with codes; a plugin may throw anything. */
export interface MessageFailure<Thrown = unknown> {
  /** Position among the messages of its batch. */
  readonly index: number;
  readonly stage: FailureStage;
  /** Name of the step; only for `transform`. */
  readonly transform?: string | undefined;
  /** The step's own policy; absent: the connector's applies. */
  readonly onError?: OnError | undefined;
  readonly error: Thrown;
  readonly attempts: number;
}

export type PlanFailure = MessageFailure<ConnectorError>;

/** What a codec threw, as an error with a code. */
export function asConnectorError(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new RejectedError(message, { code: "IGC_DECODE_FAILED", cause: error });
}

export function decodeFailure(index: number, error: unknown): PlanFailure {
  return { index, stage: "decode", error: asConnectorError(error), attempts: 1 };
}

export function encodeFailure(index: number, error: unknown): PlanFailure {
  return { index, stage: "encode", error: asConnectorError(error), attempts: 1 };
}

/** The failure of a message in its chain: of its payload, of a step, or where the result is encoded. */
export function chainFailure(index: number, thrown: unknown): PlanFailure {
  if (thrown instanceof PayloadFault) return decodeFailure(index, thrown.cause);
  return thrown instanceof StepFailure ? stepFailure(index, thrown) : encodeFailure(index, thrown);
}

/** Throws what is not a `StepFailure`. */
export function stepFailure(index: number, thrown: unknown): PlanFailure {
  if (!(thrown instanceof StepFailure)) throw thrown;
  const { name, onError } = thrown.step;
  const base = { index, stage: "transform", transform: name, error: thrown.error, attempts: 1 } as const;
  return onError === undefined ? base : { ...base, onError };
}
