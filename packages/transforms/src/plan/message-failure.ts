import { ConnectorError, RejectedError } from "@iggy-connectors/sdk";
import type { OnError } from "../chain/transform-plan.ts";

/** Where on its way a message failed. */
export type FailureStage = "decode" | "transform" | "encode" | "consume" | "send";

/** A message that did not end well, at any stage. A plan's failures carry errors with codes; a plugin may throw anything. */
export interface MessageFailure<Thrown = unknown> {
  /** Among the messages of its batch. */
  readonly index: number;
  readonly stage: FailureStage;
  /** Name of the step; only for `transform`. */
  readonly transform?: string | undefined;
  /** The step's own policy, where it has one; else the connector's holds. */
  readonly onError?: OnError | undefined;
  readonly error: Thrown;
  readonly attempts: number;
}

/** What a codec threw, as an error with a code. */
export function asConnectorError(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new RejectedError(message, { code: "IGC_DECODE_FAILED", cause: error });
}
