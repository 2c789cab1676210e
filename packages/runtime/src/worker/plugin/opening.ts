import { backoff, endsBefore, pause } from "@iggy-connectors/client";
import { classifyError, FatalError, type OpenContext } from "@iggy-connectors/sdk";
import { describeError, HungPluginError, isIggyFailure } from "../../shared/errors.ts";
import type { IggyConnection, IggyConnector } from "../../shared/iggy/iggy-connection.ts";
import type { Task } from "../task/task.ts";
import { callPlugin } from "./plugin-call.ts";

/** Places that name what a task is waiting for. */
const CONNECTION = "iggy";
const OPENING = "open";

/** Milliseconds a plugin may take to close; closing is best effort. */
const CLOSE_TIMEOUT = 5000;

/** An address or a credential that cannot even be sent will never work. */
const INVALID_ADDRESS = 33;

interface Closable {
  open?(context: OpenContext): Promise<void>;
  close?(): Promise<void>;
}

/**
 * Connects to Iggy, however long it takes; undefined: the task was stopped first. While the connection is lost nothing in
 * hand can end, so a task that stops then, stops at once.
 */
export async function connect(task: Task, connector: IggyConnector): Promise<IggyConnection | undefined> {
  const { spec, health, lifetime, logger, counters } = task;
  let lost = false;
  lifetime.stopping.addEventListener("abort", () => {
    if (lost) lifetime.end();
  });
  for (let attempts = 1; !lifetime.stopping.aborted; attempts++) {
    try {
      const connecting = connector.connect(spec.iggy, {
        onLost(error) {
          lost = true;
          if (lifetime.stopping.aborted) {
            lifetime.end();
            return;
          }
          const cause = error ?? new Error("the connection to Iggy was lost");
          logger.warn(`the connection to Iggy was lost: ${describeError(cause).message}`);
          health.failing(CONNECTION, "retrying", cause, 1, 0);
        },
        onRegained() {
          lost = false;
          health.resolved(CONNECTION);
        },
      });
      if (!(await endsBefore(connecting, lifetime.stopping))) {
        closeLater(connecting);
        return undefined;
      }
      const connection = await connecting;
      health.resolved(CONNECTION);
      return connection;
    } catch (error) {
      if (isIggyFailure(error) && error.code === INVALID_ADDRESS) {
        throw new FatalError(error.message, {
          code: "IGC_CONFIG_IGGY_ADDRESS",
          fix: "correct iggy.address",
          cause: error,
        });
      }
      const delay = backoff(spec.retry, attempts);
      counters.errors += 1;
      logger.warn(describeError(error).message, { attempts });
      health.failing(CONNECTION, "retrying", error, attempts, delay);
      await pause(delay, lifetime.stopping);
    }
  }
  return undefined;
}

/** A connection that nobody waits for any more is closed as soon as it is there. */
function closeLater(connecting: Promise<IggyConnection>): void {
  connecting.then(
    (connection) => connection.close(),
    () => {
      // It failed, and nobody waits for it.
    },
  );
}

/**
 * Opens the plugin within `start_timeout`, repeated while that may help; false: the task was stopped first.
 * @throws FatalError when the plugin says that this configuration will never work.
 */
export async function openPlugin(task: Task, plugin: Closable): Promise<boolean> {
  const { spec, health, lifetime, logger, counters } = task;
  if (plugin.open === undefined) return !lifetime.stopping.aborted;
  for (let attempts = 1; !lifetime.stopping.aborted; attempts++) {
    try {
      await callPlugin(async (signal) => plugin.open?.({ signal }), {
        what: OPENING,
        timeout: spec.startTimeout,
        cancel: lifetime.stopping,
        onTimeout: (late) => health.failing(OPENING, "retrying", late, attempts, 0),
      });
      health.resolved(OPENING);
      return !lifetime.stopping.aborted;
    } catch (error) {
      if (lifetime.stopping.aborted) return false;
      const { kind } = classifyError(error);
      if (kind === "fatal" || error instanceof HungPluginError) throw error;
      const delay = backoff(spec.retry, attempts);
      counters.errors += 1;
      logger.warn(`open failed: ${describeError(error).message}`, { attempts });
      health.failing(OPENING, "retrying", error, attempts, delay);
      await pause(delay, lifetime.stopping);
    }
  }
  return false;
}

/** Best effort: an error is logged, a plugin that does not end is left behind. */
export async function closePlugin(task: Task, plugin: Closable): Promise<void> {
  if (plugin.close === undefined) return;
  const deadline = AbortSignal.timeout(CLOSE_TIMEOUT);
  const closing = (async () => plugin.close?.())().catch((error: unknown) => {
    task.logger.warn(`close failed: ${describeError(error).message}`);
  });
  if (!(await endsBefore(closing, deadline))) task.logger.warn("close did not end in time");
}
