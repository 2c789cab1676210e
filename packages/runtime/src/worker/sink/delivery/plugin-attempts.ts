import { pause } from "@iggy-connectors/client";
import { ProtocolError } from "@iggy-connectors/protocol";
import type { ConsumeResult, RejectedMessage, Sink } from "@iggy-connectors/sdk";
import { classifyError } from "@iggy-connectors/sdk/internal";
import type { MessageRange } from "../../../shared/workers/call-marks.ts";
import { HungPluginError } from "../../plugin/hung-plugin-error.ts";
import { callPlugin } from "../../plugin/plugin-call.ts";
import { isExhausted, reportFailure } from "../../task/retry.ts";
import type { Task } from "../../task/task.ts";

/** How a repeated call into the plugin came out. */
export type CallOutcome =
  | { readonly kind: "done"; readonly rejected: readonly RejectedMessage[]; readonly attempts: number }
  /** The plugin refuses the call as a whole: the same one will never work. */
  | { readonly kind: "refused"; readonly error: unknown; readonly attempts: number }
  /** It failed `unclearAttempts` times, and it cannot be told whether messages or the destination are to blame. */
  | { readonly kind: "unclear"; readonly error: unknown; readonly attempts: number }
  /** `max_attempts` or `max_elapsed` is reached. */
  | { readonly kind: "exhausted"; readonly error: unknown; readonly attempts: number }
  /** Not wanted any more, the target's record was moved, or the task fails. Nothing of it may count as ended. */
  | { readonly kind: "abandoned" };

export interface PluginCall {
  /** What is called, for errors. */
  readonly what: string;
  /** Where, for the state of the task. */
  readonly place: string;
  /** Milliseconds; 0 = none. */
  readonly timeout: number;
  /** Aborted: no further attempt. */
  readonly closing: AbortSignal;
  /** Aborted: the attempt in progress is not wanted any more. */
  readonly abandoned: AbortSignal;
  /** The messages that the call is given. */
  readonly messages?: readonly MessageRange[];
  /** Attempts after which a failure of which it is unclear who is to blame ends the call. Absent: it is retried as any other. */
  readonly unclearAttempts?: number;
  /** Whether failed attempts are logged. Default yes; a search for the message at fault makes many of them. */
  readonly logged?: boolean;
  /** The target's record was moved by somebody else (invariant 8): the call is given up. Absent: retried. */
  readonly onMoved?: (error: unknown) => void;
  /**
   * Runs the wait between two attempts (which `hurry` may cut short) while others have their turn; false: the turn did
   * not come back. Absent: just waits.
   */
  readonly suspend?: (wait: (hurry?: AbortSignal) => Promise<void>) => Promise<boolean>;
  call(attempt: number, signal: AbortSignal): ReturnType<Sink["consume"]>;
}

/**
 * Invariant 5: repeats a call into the plugin with capped exponential back-off and jitter until it works, its limit is
 * reached, or it is not wanted any more, and says so in the task's state. A fatal error ends the task. A loop apart from
 * `retry`, because a call may be refused, exhausted or abandoned, and gives up its turn while it waits.
 * @throws HungPluginError when the plugin ignored its abort signal.
 */
export async function callRepeatedly(task: Task, work: PluginCall): Promise<CallOutcome> {
  const { retry } = task.spec;
  const began = performance.now();
  for (let attempts = 1; ; attempts++) {
    let error: unknown;
    try {
      const result = await callPlugin((signal) => work.call(attempts, signal) as Promise<ConsumeResult | undefined>, {
        what: work.what,
        timeout: work.timeout,
        cancel: work.abandoned,
        calls: task.calls,
        ...(work.messages === undefined ? {} : { messages: work.messages }),
        onTimeout: (late) => task.health.failing(work.place, "retrying", late, attempts, 0),
      });
      task.health.resolved(work.place);
      task.health.succeeded();
      return { kind: "done", rejected: result?.rejected ?? [], attempts };
    } catch (thrown) {
      if (thrown instanceof HungPluginError) throw thrown;
      error = thrown;
    }
    if (work.abandoned.aborted) return { kind: "abandoned" };
    const classified = classifyError(error);
    if (classified.kind === "fatal") {
      task.lifetime.fail(error);
      return { kind: "abandoned" };
    }
    task.changed();
    if (classified.kind === "moved" && work.onMoved !== undefined) {
      task.health.resolved(work.place);
      work.onMoved(error);
      return { kind: "abandoned" };
    }
    if (classified.kind === "rejected" || error instanceof ProtocolError) {
      task.counters.errors += 1;
      task.health.resolved(work.place);
      return { kind: "refused", error, attempts };
    }
    const exhausted = isExhausted(retry, attempts, performance.now() - began);
    const repeated = !work.closing.aborted && !exhausted;
    const delay = reportFailure(
      task,
      {
        method: work.what,
        fields: { place: work.place },
        ...(repeated ? { place: work.place, stage: "ffi" } : {}),
        ...(work.logged === false ? { level: "debug" } : {}),
      },
      error,
      attempts,
    );
    if (work.closing.aborted) return { kind: "abandoned" };
    if (exhausted) {
      task.health.resolved(work.place);
      return { kind: "exhausted", error, attempts };
    }
    const isUnclear = classified.kind === "bug" || classified.kind === "unclassified";
    if (isUnclear && attempts >= (work.unclearAttempts ?? Number.POSITIVE_INFINITY)) {
      return { kind: "unclear", error, attempts };
    }
    const wait = (hurry?: AbortSignal): Promise<void> =>
      pause(delay, hurry === undefined ? work.closing : AbortSignal.any([work.closing, hurry]));
    let resumed = true;
    if (work.suspend === undefined) await wait();
    else resumed = await work.suspend(wait);
    if (!resumed || work.closing.aborted || work.abandoned.aborted) return { kind: "abandoned" };
  }
}
