import { formatKey } from "../../../shared/key-path.ts";
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
import type { ConnectorHost, ManagedConnector } from "../connectors/managed-connector.ts";
import type { RejectedVersion } from "../connectors/snapshot.ts";

/** Something an observer may want to show at once. */
export interface RuntimeEvent {
  readonly type: "state";
  readonly connector: { readonly type: ConnectorType; readonly key: string };
  readonly from: TaskState;
  readonly to: TaskState;
  readonly lastError: TaskError | undefined;
}

/** States that an operator should read of in the log as more than news. */
const ALARMING: ReadonlyMap<TaskState, "warn" | "error"> = new Map([
  ["retrying", "warn"],
  ["blocked", "error"],
  ["failed", "error"],
]);

export interface ConnectorObserverOptions {
  readonly log: RuntimeLog;
  readonly catalog: PluginCatalog;
  readonly onEvent: (event: RuntimeEvent) => void;
}

/** What the connectors go through, as log lines and events. */
export class ConnectorObserver
  implements Pick<ConnectorHost, "redact" | "onState" | "onLogs" | "onDescribed" | "onRejected">
{
  readonly #options: ConnectorObserverOptions;
  /** Configurations whose plugin settings were looked at. */
  readonly #inspected = new WeakSet<object>();

  constructor(options: ConnectorObserverOptions) {
    this.#options = options;
  }

  readonly redact = (text: string): string => this.#options.log.redaction.text(text);

  readonly onState = (connector: ManagedConnector, from: TaskState, to: TaskState): void => {
    const { type, key } = connector;
    const { lastError } = connector.snapshot();
    const level = ALARMING.get(to) ?? "info";
    this.#options.log.logger()[level](`${type} ${key} is ${to}`, {
      from,
      ...(lastError === undefined ? {} : { error: lastError.message, code: lastError.code }),
      ...(lastError?.place === undefined ? {} : { place: lastError.place }),
      ...(lastError?.fix === undefined ? {} : { fix: lastError.fix }),
    });
    this.#options.onEvent({ type: "state", connector: { type, key }, from, to, lastError });
  };

  readonly onLogs = ({ type, key, source }: ManagedConnector, lines: readonly TaskLogLine[]): void => {
    const own = source.config?.log_level;
    for (const line of lines) {
      // A connector with a level of its own is not silenced by the common filter.
      const decided = own !== undefined && severity(line.level) >= severity(own);
      this.#options.log.add(connectorLine(type, key, line), decided);
    }
  };

  readonly onRejected = ({ type, key, source }: ManagedConnector, { version, error }: RejectedVersion): void => {
    const { code, message, fix } = error;
    const text = `${type} ${key}: version ${version} cannot run, version ${source.version} runs on`;
    this.#options.log.logger().error(text, { error: message, code, fix });
  };

  /** Now that the plugin's schema is known: keep its secrets out of the logs, and name the keys it does not know. */
  readonly onDescribed = ({ type, key, source }: ManagedConnector, plugin: PluginDescription): void => {
    const { log, catalog } = this.#options;
    catalog.learn(type, source.path, plugin);
    const settings = source.config?.plugin_config ?? {};
    if (this.#inspected.has(settings)) return;
    this.#inspected.add(settings);
    log.redaction.addMarked(plugin.configSchema, settings);
    for (const { path, suggestion } of unknownKeys(plugin.configSchema as SchemaNode, settings, ["plugin_config"])) {
      log.logger().warn("unknown key", {
        code: "IGC_CONFIG_UNKNOWN_KEY",
        connector: key,
        key: formatKey(path),
        file: source.file,
        fix: suggestion === undefined ? "remove it" : `did you mean ${suggestion}?`,
      });
    }
  };
}
