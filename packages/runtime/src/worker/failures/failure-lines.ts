import type { Logger } from "@iggy-connectors/sdk";
import type { FailureStage } from "@iggy-connectors/transforms";
import { describeError } from "../../shared/errors.ts";

/** Failed messages of a batch that are logged one by one. */
const LOGGED_MESSAGES = 3;

/** What ended a message other than its delivery. */
interface Failure {
  readonly stage: FailureStage;
  readonly transform?: string | undefined;
  readonly error: unknown;
}

/** Logs the messages of one batch that were skipped or dead-lettered: the first few one by one, then their number. */
export function logFailures<Failed extends Failure>(
  logger: Logger,
  outcome: string,
  failed: readonly Failed[],
  fieldsOf: (failure: Failed) => Record<string, unknown>,
): void {
  for (const failure of failed.slice(0, LOGGED_MESSAGES)) {
    logger.warn(`message ${outcome}: ${describeError(failure.error).message}`, fieldsOf(failure));
  }
  if (failed.length <= LOGGED_MESSAGES) return;
  const { stream, topic, partition } = fieldsOf(failed[0]!);
  logger.warn(`${failed.length} messages of the batch were ${outcome}`, {
    stream,
    topic,
    partition,
    count: failed.length,
  });
}

/** The fields of a log line about a failed message. */
export function failureFields({ stage, transform, error }: Failure): Record<string, unknown> {
  return { stage, ...(transform === undefined ? {} : { transform }), code: describeError(error).code };
}
