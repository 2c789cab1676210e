import type { TaskSpec } from "../../shared/task/task-spec.ts";
import type { ApiControls } from "../api/dependencies.ts";
import { type ConnectorDefinition, isValid } from "../config/connector-files/definition.ts";
import { toTaskSpecs } from "../config/connector-files/task-specs.ts";
import type { ConnectorIdentity } from "../config/connector-identity.ts";
import { logProblem } from "../config/log-problem.ts";
import type { ConfigProvider } from "../config/providers/provider.ts";
import type { LoadedRuntimeConfig } from "../config/runtime-file/load.ts";
import { Readiness } from "../health/readiness.ts";
import type { OperatorSession } from "../iggy/operator-session.ts";
import { connectorLine } from "../logging/connector-lines.ts";
import type { RuntimeLog } from "../logging/runtime-log.ts";
import type { AllowedModules } from "../plugins/allowed-modules.ts";
import type { PluginCatalog } from "../plugins/catalog.ts";
import type { Connectors } from "../supervisor/connectors/connectors.ts";
import type { DesiredStates } from "../supervisor/connectors/desired-states.ts";
import type { ManagedConnector } from "../supervisor/connectors/managed-connector.ts";
import type { RuntimeEvents } from "../supervisor/observation/runtime-events.ts";
import type { Reconciler } from "../supervisor/reconciliation/reconciler.ts";
import type { TapHub } from "../tap/hub.ts";
import { Acceptance } from "./administration/acceptance.ts";
import { Administration } from "./administration/administration.ts";
import { purge } from "./administration/purge.ts";
import { Validation } from "./administration/validation.ts";
import { Letters } from "./dead-letters/letters.ts";
import { redeliverThroughConnector, setOffsets } from "./jobs/connector-jobs.ts";
import type { JobOptions } from "./jobs/job-worker.ts";
import { Positions } from "./offsets/positions.ts";
import { invalidConfiguration, unknownConnector } from "./refusal.ts";

/** The parts of the control plane that the operations work with. */
export interface ControlDependencies {
  readonly loaded: LoadedRuntimeConfig;
  readonly workingDirectory: string;
  readonly configDirectory: string;
  readonly log: RuntimeLog;
  readonly provider: ConfigProvider;
  readonly catalog: PluginCatalog;
  readonly modules: AllowedModules;
  readonly connectors: Connectors;
  readonly reconciler: Reconciler;
  readonly desiredStates: DesiredStates;
  readonly operator: OperatorSession;
  readonly tap: TapHub;
  readonly events: RuntimeEvents;
  /** Aborted when all work for operators must end. */
  readonly ended: AbortSignal;
}

/** Bytes of heap for a job of a connector without a valid configuration. */
const JOB_MEMORY = 256 * 1024 * 1024;

/** Everything that an operator can do over the API. This module is loaded after the workers were started. */
export function createControls(dependencies: ControlDependencies): ApiControls {
  const { loaded, workingDirectory, configDirectory, log, provider, catalog, connectors, reconciler } = dependencies;
  const { config, environment } = loaded;
  const { client } = dependencies.operator;

  const managed = (id: ConnectorIdentity): ManagedConnector => {
    const found = connectors.find(id);
    if (found === undefined) throw unknownConnector(id);
    return found;
  };
  /** The task specifications of a connector, for work that is done beside its tasks. Throws `Refusal`. */
  const specsOf = (definition: ConnectorDefinition): readonly TaskSpec[] => {
    if (!isValid(definition)) throw invalidConfiguration(definition.errors);
    const resolved = catalog.resolve(definition.type, definition.config.path);
    if ("problem" in resolved) throw invalidConfiguration([resolved.problem]);
    const plugin = { path: definition.config.path, url: resolved.url };
    return toTaskSpecs(definition, { runtime: config, plugin, workingDirectory, logLevel: log.workerLevel });
  };
  const specOf = (id: ConnectorIdentity): TaskSpec => specsOf(managed(id).definition)[0]!;
  const jobOptions = ({ type, key }: TaskSpec): JobOptions => ({
    memoryLimit: managed({ type, key }).definition.config?.memory_limit ?? JOB_MEMORY,
    isolation: managed({ type, key }).definition.config?.isolation ?? "auto",
    environment,
    signal: dependencies.ended,
    onLogs: (lines) => {
      for (const line of lines) log.add(connectorLine(type, key, line));
    },
  });

  const acceptance = new Acceptance({
    ...{ catalog, modules: dependencies.modules, workingDirectory, configDirectory },
    allowedFiles: config.connectors.allowed_files,
    allowedPlaceholders: config.http.allowed_placeholders,
  });
  return {
    catalog,
    tap: dependencies.tap,
    events: dependencies.events,
    letters: new Letters({
      client,
      specOf,
      redeliver: (spec) => redeliverThroughConnector(spec, jobOptions(spec)),
    }),
    positions: new Positions({
      client,
      specOf,
      whileStopped: async (id, work) => managed(id).whileStopped(work),
      setOffsets: (spec, starts) => setOffsets(spec, starts, jobOptions(spec)),
    }),
    administration: new Administration({
      ...{ provider, catalog, acceptance, connectors, reconciler },
      desiredStates: dependencies.desiredStates,
      onProblem: (problem) => logProblem(log, problem),
      redact: (text) => log.redaction.text(text),
      purge: (definition, targets) => purge(specsOf(definition), targets, client),
    }),
    validation: new Validation({ provider, acceptance, catalog, runtime: config, workingDirectory }),
    readiness: new Readiness({
      loaded: () => reconciler.loaded,
      connectors: () => connectors.snapshots(),
      iggyAddress: config.iggy.address,
    }),
  };
}
