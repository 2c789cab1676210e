import { ConnectorError, RejectedError } from "@iggy-connectors/sdk";
import type { OnError } from "../chain/transform-plan.ts";

/** A message that did not get through. */
export interface PlanFailure {
  /** Index among the messages that the plan was given. */
  readonly index: number;
  readonly stage: "decode" | "transform" | "encode";
  /** Name of the step; only for `transform`. */
  readonly transform?: string;
  /** The step's own policy, where it has one. */
  readonly onError?: OnError;
  readonly error: ConnectorError;
}

/** What a codec threw, as an error with a code. */
export function asConnectorError(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new RejectedError(message, { code: "IGC_DECODE_FAILED", cause: error });
}
