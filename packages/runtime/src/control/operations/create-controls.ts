import type { TaskSpec } from "../../shared/task/task-spec.ts";
import type { ApiControls } from "../api/server.ts";
import { isLoaded, type ReadConnector } from "../config/connector-files/definition.ts";
import { toTaskSpecs } from "../config/connector-files/task-specs.ts";
import type { ConfigProvider, ConnectorIdentity } from "../config/providers/provider.ts";
import type { LoadedRuntimeConfig } from "../config/runtime-file/load.ts";
import { Readiness } from "../health/readiness.ts";
import type { OperatorSession } from "../iggy/operator-session.ts";
import { connectorLine } from "../logging/connector-lines.ts";
import type { RuntimeLog } from "../logging/runtime-log.ts";
import type { PluginCatalog } from "../plugins/catalog.ts";
import type { Connectors } from "../supervisor/connectors/connectors.ts";
import type { Intents } from "../supervisor/connectors/desired-states.ts";
import type { ManagedConnector } from "../supervisor/connectors/managed-connector.ts";
import type { Reconciler } from "../supervisor/reconciliation/reconciler.ts";
import type { RuntimeEvents } from "../supervisor/observation/runtime-events.ts";
import type { TapHub } from "../tap/hub.ts";
import type { JobOptions } from "./jobs/job-worker.ts";
import { Acceptance } from "./administration/acceptance.ts";
import { Administration } from "./administration/administration.ts";
import { invalidConfiguration, unknownConnector } from "./refusal.ts";
import { redeliverThroughConnector, setOffsets } from "./jobs/connector-jobs.ts";
import { Letters } from "./dead-letters/letters.ts";
import { Positions } from "./offsets/positions.ts";
import { purge } from "./administration/purge.ts";
import { Validation } from "./administration/validation.ts";

/** What the control plane consists of. */
export interface ControlParts {
  readonly loaded: LoadedRuntimeConfig;
  readonly workingDirectory: string;
  readonly configDirectory: string;
  readonly log: RuntimeLog;
  readonly provider: ConfigProvider;
  readonly catalog: PluginCatalog;
  readonly connectors: Connectors;
  readonly reconciler: Reconciler;
  readonly intents: Intents;
  readonly operator: OperatorSession;
  readonly tap: TapHub;
  readonly events: RuntimeEvents;
  /** Aborted: nothing that an operator asked for may go on. */
  readonly ended: AbortSignal;
}

/** Bytes of heap for a job of a connector whose own limit is not known. */
const JOB_MEMORY = 256 * 1024 * 1024;

/** Everything that an operator can do, over the API. Loaded when the workers are on their way. */
export function createControls(parts: ControlParts): ApiControls {
  const { loaded, workingDirectory, configDirectory, log, provider, catalog, connectors, reconciler, intents } = parts;
  const { config, environment } = loaded;
  const { client } = parts.operator;

  const managed = (id: ConnectorIdentity): ManagedConnector => {
    const found = connectors.find(id);
    if (found === undefined) throw unknownConnector(id);
    return found;
  };
  /** What the tasks of a connector are given, for work beside them. Throws `Refusal`. */
  const specsOf = (source: ReadConnector): readonly TaskSpec[] => {
    if (!isLoaded(source)) throw invalidConfiguration(source.errors);
    const resolved = catalog.resolve(source.type, source.config.path);
    if ("problem" in resolved) throw invalidConfiguration([resolved.problem]);
    const plugin = { path: source.config.path, url: resolved.url };
    return toTaskSpecs(source, { runtime: config, plugin, workingDirectory, logLevel: log.workerLevel });
  };
  const specOf = (id: ConnectorIdentity): TaskSpec => specsOf(managed(id).source)[0]!;
  const jobOptions = ({ type, key }: TaskSpec): JobOptions => ({
    memoryLimit: managed({ type, key }).source.config?.memory_limit ?? JOB_MEMORY,
    isolation: managed({ type, key }).source.config?.isolation ?? "thread",
    environment,
    signal: parts.ended,
    onLogs: (lines) => {
      for (const line of lines) log.add(connectorLine(type, key, line));
    },
  });

  const { allowed_paths: allowedPaths } = config.connectors;
  const acceptance = new Acceptance({ provider, catalog, allowedPaths, workingDirectory, configDirectory });
  return {
    catalog,
    tap: parts.tap,
    events: parts.events,
    letters: new Letters({
      client,
      specOf,
      redeliver: (spec) => redeliverThroughConnector(spec, jobOptions(spec)),
    }),
    positions: new Positions({
      client,
      specOf,
      suspended: async (id, work) => managed(id).suspended(work),
      setOffsets: (spec, starts) => setOffsets(spec, starts, jobOptions(spec)),
    }),
    administration: new Administration({
      ...{ provider, catalog, acceptance, connectors, reconciler, intents },
      redact: (text) => log.redaction.text(text),
      purge: (source, targets) => purge(specsOf(source), targets, client),
    }),
    validation: new Validation({ acceptance, catalog, runtime: config, workingDirectory }),
    readiness: new Readiness({
      loaded: () => reconciler.loaded,
      connectors: () => connectors.snapshots(),
      iggyAddress: config.iggy.address,
    }),
  };
}
