import { isFatal, isRejected, RetryableError } from "@iggy-connectors/sdk";
import type { MessageRange } from "../../shared/workers/call-marks.ts";
import type { TaskCalls } from "../task/task-calls.ts";
import { HungPluginError } from "./hung-plugin-error.ts";

export interface CallLimits {
  /** What is called, for errors: `consume`, `open`. */
  readonly what: string;
  /** Milliseconds after which the call is asked to end; 0 = none. */
  readonly timeout: number;
  /** Aborted: the result is no longer wanted. */
  readonly cancel: AbortSignal;
  /** Marks the call for who watches the worker. */
  readonly calls: TaskCalls;
  /** The messages that the call is given. */
  readonly messages?: readonly MessageRange[];
  /** Called when the timeout passed, before the call has reacted. */
  readonly onTimeout?: (error: RetryableError) => void;
}

/** Milliseconds after which a call that ignores its abort signal is taken to hang. */
const ABORT_GRACE = 10_000;

/**
 * Calls a plugin's method with its own abort signal, and always waits for the call to end, so that the plugin is never
 * called again while an earlier call still runs.
 * @throws RetryableError `IGC_PLUGIN_TIMEOUT` when it failed after its timeout, HungPluginError when it did not end for
 * `grace` milliseconds after the abort, else what the method throws.
 */
export async function callPlugin<Result>(
  method: (signal: AbortSignal) => Promise<Result>,
  limits: CallLimits,
  grace: number = ABORT_GRACE,
): Promise<Result> {
  const controller = new AbortController();
  const { cancel } = limits;
  let timedOut: RetryableError | undefined;
  let hung: ((error: HungPluginError) => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const abort = (): void => {
    if (controller.signal.aborted) return;
    clearTimeout(timer);
    controller.abort();
    // The timer does not keep a task alive that has ended meanwhile.
    timer = setTimeout(() => hung?.(new HungPluginError(limits.what, grace)), grace).unref();
  };
  const onTimeout = (): void => {
    timedOut = new RetryableError(`${limits.what} took longer than ${limits.timeout} ms`, {
      code: "IGC_PLUGIN_TIMEOUT",
      fix: "check the destination, or allow more time",
    });
    limits.onTimeout?.(timedOut);
    abort();
  };
  if (limits.timeout > 0) timer = setTimeout(onTimeout, limits.timeout);
  cancel.addEventListener("abort", abort, { once: true });
  if (cancel.aborted) abort();
  try {
    const call = limits.calls.track(limits.what, () => method(controller.signal), limits.messages);
    return await Promise.race([call, new Promise<never>((_, reject) => (hung = reject))]);
  } catch (error) {
    const wanted = error instanceof HungPluginError || isFatal(error) || isRejected(error);
    if (wanted || timedOut === undefined) throw error;
    throw timedOut;
  } finally {
    clearTimeout(timer);
    cancel.removeEventListener("abort", abort);
  }
}
