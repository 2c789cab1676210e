import { endsBefore } from "@iggy-connectors/client";
import { FatalError, isFatal, type OpenContext } from "@iggy-connectors/sdk";
import { describeError, isIggyFailure } from "../../shared/errors.ts";
import type { ConnectionListener, IggyConnection, IggyConnector } from "../iggy/iggy-connection.ts";
import { CANCELLED, retry } from "../task/retry.ts";
import type { Task } from "../task/task.ts";
import { HungPluginError } from "./hung-plugin-error.ts";
import { callPlugin } from "./plugin-call.ts";

/** What a task that starts is waiting for, as its state names it. */
const CONNECTION = "iggy";
const OPENING = "open";

/** Milliseconds a plugin may take to close; closing is best effort. */
const CLOSE_TIMEOUT = 5000;

/** Code of an address or a credential that can never work, because it cannot even be sent. */
const INVALID_ADDRESS = 33;

interface Closable {
  open?(context: OpenContext): Promise<void>;
  close?(): Promise<void>;
}

/**
 * Connects to Iggy, however long it takes; undefined: the task was stopped first. While the connection is lost nothing in
 * progress can end, so a task that stops then, stops at once.
 * @throws FatalError `IGC_CONFIG_IGGY_ADDRESS` for an address or credentials that can never work.
 */
export async function connect(task: Task, connector: IggyConnector): Promise<IggyConnection | undefined> {
  const { lifetime } = task;
  const listener = new LostConnection(task);
  lifetime.stopping.addEventListener("abort", () => listener.stopping());
  const connection = await retry(task, { place: CONNECTION, signal: lifetime.stopping, fields: {} }, () =>
    connectOnce(task, connector, listener),
  );
  return connection === CANCELLED ? undefined : connection;
}

async function connectOnce(
  { spec, lifetime }: Task,
  connector: IggyConnector,
  listener: ConnectionListener,
): Promise<IggyConnection> {
  const connecting = connector.connect(spec.iggy, listener);
  if (!(await endsBefore(connecting, lifetime.stopping))) {
    closeLater(connecting);
    throw lifetime.stopping.reason;
  }
  try {
    return await connecting;
  } catch (error) {
    if (!isIggyFailure(error) || error.code !== INVALID_ADDRESS) throw error;
    throw new FatalError(error.message, {
      code: "IGC_CONFIG_IGGY_ADDRESS",
      fix: "correct iggy.address",
      cause: error,
    });
  }
}

/** Shows in the task's state that the connection, which reconnects by itself, is lost. */
class LostConnection implements ConnectionListener {
  readonly #task: Task;
  #lost = false;

  constructor(task: Task) {
    this.#task = task;
  }

  stopping(): void {
    if (this.#lost) this.#task.lifetime.end();
  }

  onLost(error: unknown): void {
    const { lifetime, logger, health } = this.#task;
    this.#lost = true;
    if (lifetime.stopping.aborted) {
      lifetime.end();
      return;
    }
    const cause = error ?? new Error("the connection to Iggy was lost");
    logger.warn(`the connection to Iggy was lost: ${describeError(cause).message}`);
    health.failing(CONNECTION, "retrying", cause, 1, 0);
  }

  onRegained(): void {
    this.#lost = false;
    this.#task.health.resolved(CONNECTION);
  }
}

/** A connection that is no longer wanted is closed as soon as it is established. */
function closeLater(connecting: Promise<IggyConnection>): void {
  connecting.then(
    (connection) => connection.close(),
    () => {
      // It failed: there is nothing to close.
    },
  );
}

/**
 * Opens the plugin (`more`: what its kind of connector is given besides the usual context) within `start_timeout`, repeated while that may help; false: the task was stopped first.
 * @throws FatalError when the plugin says that this configuration will never work.
 */
export async function openPlugin(task: Task, plugin: Closable, more: Partial<OpenContext> = {}): Promise<boolean> {
  const { spec, health, lifetime } = task;
  const { stopping } = lifetime;
  if (plugin.open === undefined) return !stopping.aborted;
  const opened = await retry(
    task,
    {
      place: OPENING,
      failure: "open failed",
      signal: stopping,
      fields: {},
      isFinal: (error) => !stopping.aborted && (isFatal(error) || error instanceof HungPluginError),
    },
    (attempts) =>
      callPlugin(async (signal) => plugin.open?.({ ...task.openContext(signal), ...more }), {
        what: OPENING,
        timeout: spec.startTimeout,
        cancel: stopping,
        calls: task.calls,
        onTimeout: (late) => health.failing(OPENING, "retrying", late, attempts, 0),
      }),
  );
  return opened !== CANCELLED && !stopping.aborted;
}

/** Best effort: an error is logged, a plugin that does not end is abandoned. */
export async function closePlugin(task: Task, plugin: Closable): Promise<void> {
  if (plugin.close === undefined) return;
  const deadline = AbortSignal.timeout(CLOSE_TIMEOUT);
  const closing = task.calls
    .track("close", async () => plugin.close?.())
    .catch((error: unknown) => {
      task.logger.warn(`close failed: ${describeError(error).message}`);
    });
  if (!(await endsBefore(closing, deadline))) task.logger.warn("close did not end in time");
}
