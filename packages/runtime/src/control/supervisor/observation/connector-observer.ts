import type { SchemaNode } from "../../../shared/schema-tree/schema-tree.ts";
import { unknownKeys } from "../../../shared/schema-tree/unknown-keys.ts";
import type { TaskState } from "../../../shared/task/states.ts";
import type { PluginDescription, TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { TaskError } from "../../../shared/task/task-status.ts";
import { connectorLine } from "../../logging/connector-lines.ts";
import { severity } from "../../logging/log-line.ts";
import type { RuntimeLog } from "../../logging/runtime-log.ts";
import type { PluginCatalog } from "../../plugins/catalog.ts";
import type { ConnectorListener, ManagedConnector } from "../connectors/managed-connector.ts";
import type { RejectedVersion } from "../connectors/snapshot.ts";
import type { Isolation } from "../placements/placement.ts";
import type { QuarantineState } from "../run/quarantine.ts";
import type { PlacedAt } from "../run/task-supervisor.ts";

/** Something that happened to a connector. */
export type RuntimeEvent = StateEvent | PlacementEvent;

/** Its state has changed. */
export interface StateEvent {
  readonly type: "state";
  readonly connector: { readonly type: ConnectorType; readonly key: string };
  readonly from: TaskState;
  readonly to: TaskState;
  readonly lastError: TaskError | undefined;
}

/** A task was taken out of the pool of shared workers, or returns to it. */
export interface PlacementEvent {
  readonly type: "placement";
  readonly connector: { readonly type: ConnectorType; readonly key: string };
  readonly task: number;
  readonly placement: Isolation;
  readonly quarantine: QuarantineState | undefined;
}

/** Log levels of states other than `info`. */
const STATE_LEVELS: ReadonlyMap<TaskState, "warn" | "error"> = new Map([
  ["retrying", "warn"],
  ["blocked", "error"],
  ["failed", "error"],
]);

export interface ConnectorObserverOptions {
  readonly log: RuntimeLog;
  readonly catalog: PluginCatalog;
  readonly onEvent: (event: RuntimeEvent) => void;
}

/** Writes what happens to connectors to the log, and emits it as events. */
export class ConnectorObserver implements Omit<ConnectorListener, "onTapped"> {
  readonly #options: ConnectorObserverOptions;
  /** Plugin settings that were checked already. */
  readonly #inspected = new WeakSet<object>();

  constructor(options: ConnectorObserverOptions) {
    this.#options = options;
  }

  readonly onState = (connector: ManagedConnector, from: TaskState, to: TaskState): void => {
    const { type, key } = connector;
    const { lastError } = connector.snapshot();
    const level = STATE_LEVELS.get(to) ?? "info";
    this.#options.log.logger()[level](`${type} ${key} is ${to}`, {
      from,
      ...(lastError === undefined ? {} : { error: lastError.message, code: lastError.code }),
      ...(lastError?.place === undefined ? {} : { place: lastError.place }),
      ...(lastError?.fix === undefined ? {} : { fix: lastError.fix }),
    });
    this.#options.onEvent({ type: "state", connector: { type, key }, from, to, lastError });
  };

  readonly onPlaced = (connector: ManagedConnector, task: number, { isolation, quarantine }: PlacedAt): void => {
    const { type, key } = connector;
    this.#options.onEvent({ type: "placement", connector: { type, key }, task, placement: isolation, quarantine });
  };

  readonly onLogs = ({ type, key, definition }: ManagedConnector, lines: readonly TaskLogLine[]): void => {
    const own = definition.config?.log_level;
    for (const line of lines) {
      // A connector with its own log_level is not silenced by the common filter.
      const decided = own !== undefined && severity(line.level) >= severity(own);
      this.#options.log.add(connectorLine(type, key, line), decided);
    }
  };

  readonly onRejected = ({ type, key, definition }: ManagedConnector, { version, error }: RejectedVersion): void => {
    const { code, message, fix } = error;
    const text =
      version === definition.version
        ? `${type} ${key}: its plugin, a script or a schema has changed and cannot be used, what was loaded before keeps running`
        : `${type} ${key}: version ${version} cannot run, version ${definition.version} keeps running`;
    this.#options.log.logger().error(text, { error: message, code, fix });
  };

  /** Now that the plugin's schema is known: keeps its secrets out of the logs, and reports unknown keys. */
  readonly onDescribed = ({ type, key, definition }: ManagedConnector, plugin: PluginDescription): void => {
    const { log, catalog } = this.#options;
    catalog.learn(type, definition.path, plugin);
    const settings = definition.config?.plugin_config ?? {};
    if (this.#inspected.has(settings)) return;
    this.#inspected.add(settings);
    log.redaction.addMarked(plugin.configSchema, settings);
    for (const unknown of unknownKeys(plugin.configSchema as SchemaNode, settings, ["plugin_config"])) {
      log.logger().warn("unknown key", {
        code: "IGC_CONFIG_UNKNOWN_KEY",
        connector: key,
        key: unknown.key,
        file: definition.file,
        fix: unknown.fix,
      });
    }
  };
}
