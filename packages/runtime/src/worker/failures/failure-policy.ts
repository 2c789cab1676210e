import { aborted } from "@iggy-connectors/client";
import type { MessageFailure } from "@iggy-connectors/transforms";
import type { DeadLetter } from "../../shared/dead-letter/dead-letter-message.ts";
import { describeError } from "../../shared/errors.ts";
import type { OnError } from "../../shared/task/task-spec.ts";
import { CANCELLED, retry } from "../task/retry.ts";
import type { Task } from "../task/task.ts";
import type { DeadLetterWriter } from "./dead-letter-writer.ts";
import { failureFields, logFailures } from "./failure-lines.ts";

/** A dead letter without its reason. */
export type DeadLetterContent = Omit<DeadLetter, "stage" | "transform" | "code" | "error" | "attempts">;

/** What waits for its failed messages: a partition of a sink, or a source. */
export interface FailureSite<Failure extends MessageFailure> {
  /** Names it in the task's state. */
  readonly place: string;
  /** What a log line says that waits: "the partition", "the source". */
  readonly subject: string;
  /** Aborted: it is closed, nothing is waited for. */
  readonly closing: AbortSignal;
  /** Where a message came from or was to go, for log lines. */
  fieldsOf(failure: Failure): Readonly<Record<string, unknown>>;
  deadLetterOf(failure: Failure): DeadLetterContent;
  /** These messages have ended. */
  ended(outcome: "skipped" | "deadLettered", failures: readonly Failure[]): void;
}

/** Invariant 6: a failed message is treated as `on_error` says, and no later message passes it before that is done. */
export class FailurePolicy {
  readonly #task: Task;
  readonly #writer: Pick<DeadLetterWriter, "write">;

  constructor(task: Task, writer: Pick<DeadLetterWriter, "write">) {
    this.#task = task;
    this.#writer = writer;
  }

  /** What is to be done with a message: its step's own policy, else the connector's. */
  policyOf(failure: MessageFailure): OnError {
    return failure.onError ?? this.#task.spec.onError;
  }

  /** Ends failed messages whose policy is not `stop`; false: the site was closed before all dead letters were written. */
  async settle<Failure extends MessageFailure>(
    failures: readonly Failure[],
    site: FailureSite<Failure>,
  ): Promise<boolean> {
    const skipped = failures.filter((failure) => this.policyOf(failure) === "skip");
    const rejected = failures.filter((failure) => this.policyOf(failure) === "dead_letter");
    if (rejected.length > 0 && !(await this.#writeDeadLetters(rejected, site))) return false;
    this.#end("deadLettered", rejected, site);
    this.#end("skipped", skipped, site);
    return true;
  }

  /** `on_error = "stop"`: the site waits for an operator. Returns when it is closed. */
  async block<Failure extends MessageFailure>(failure: Failure, site: FailureSite<Failure>): Promise<void> {
    this.#task.logger.error(`${site.subject} is blocked by a message: ${describeError(failure.error).message}`, {
      ...site.fieldsOf(failure),
      ...failureFields(failure),
      on_error: "stop",
    });
    this.#task.counters.errors += 1;
    this.#task.health.failing(site.place, "blocked", failure.error, failure.attempts, undefined);
    await aborted(site.closing);
  }

  /** Repeats until Iggy confirmed all of them; false: the site was closed, and the attempt made then failed, too. */
  async #writeDeadLetters<Failure extends MessageFailure>(
    failures: readonly Failure[],
    site: FailureSite<Failure>,
  ): Promise<boolean> {
    const letters = failures.map((failure): DeadLetter => {
      const { stage, transform, attempts } = failure;
      const { code, message } = describeError(failure.error);
      return { ...site.deadLetterOf(failure), stage, transform, code, error: message, attempts };
    });
    const { place, subject, closing } = site;
    const { stream, topic } = this.#task.spec.deadLetter;
    const written = await retry(
      this.#task,
      {
        place,
        signal: closing,
        tryAtLeastOnce: true,
        state: "blocked",
        failure: `dead letters cannot be written, ${subject} waits`,
        fields: { place, stream, topic, dead_letters: letters.length },
        isFinal: () => false,
      },
      () => this.#writer.write(letters),
    );
    if (written === CANCELLED) return false;
    for (const { stage, code } of letters) this.#task.measured.deadLettered(stage, code);
    return true;
  }

  #end<Failure extends MessageFailure>(
    outcome: "skipped" | "deadLettered",
    failures: readonly Failure[],
    site: FailureSite<Failure>,
  ): void {
    if (failures.length === 0) return;
    this.#task.counters.errors += failures.length;
    site.ended(outcome, failures);
    const { logger } = this.#task;
    logFailures(logger, outcome === "skipped" ? "skipped" : "dead-lettered", failures, (failure) => ({
      ...site.fieldsOf(failure),
      ...failureFields(failure),
    }));
  }
}
