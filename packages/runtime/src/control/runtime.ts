import { mkdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { isatty } from "node:tty";
import { ConnectorError, maskSecrets } from "@iggy-connectors/sdk";
import { type FolderLock, FolderLockedError, lockFolder } from "@iggy-connectors/sdk/folder-lock";
import { SHARED_WORKER_URL, TASK_PROCESS_URL, TASK_WORKER_URL } from "../worker/entries.ts";
import { ApiListener, type ServerCertificate } from "./api/listener.ts";
import { logProblem } from "./config/log-problem.ts";
import { type ConfigProblem, causeOf } from "./config/problem.ts";
import { type LoadedRuntimeConfig, loadRuntimeConfig } from "./config/runtime-file/load.ts";
import { type RuntimeConfig, type RuntimeConfigInput, runtimeFileSchema } from "./config/runtime-file/schema.ts";
import { ControlPlane } from "./control-plane.ts";
import { descriptorSink } from "./logging/descriptor-sink.ts";
import { LineWriter } from "./logging/line-writer.ts";
import { type LogLine, RUNTIME_TARGET } from "./logging/log-line.ts";
import { RuntimeLog } from "./logging/runtime-log.ts";
import { setUpLog } from "./logging/set-up.ts";
import type { MetricsWriter } from "./metrics/metrics-writer.ts";
import { writeMetrics } from "./metrics/render.ts";
import type { ConnectorSnapshot } from "./supervisor/connectors/snapshot.ts";
import type { RuntimeEvent } from "./supervisor/observation/connector-observer.ts";
import { byIsolation, type Placement } from "./supervisor/placements/placement.ts";
import { sharedPlacement } from "./supervisor/placements/pool/pool.ts";
import { poolThreads } from "./supervisor/placements/pool/pool-thread.ts";
import type { PreparedWorker } from "./supervisor/placements/pool/prepared-worker.ts";
import { processPlacement } from "./supervisor/placements/process.ts";
import { threadPlacement } from "./supervisor/placements/thread.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { within } from "./within.ts";

export interface RuntimeOptions {
  /** The configuration file; else `IGGY_CONNECTORS_CONFIG_PATH`, else `config.toml` here or above. */
  readonly configPath?: string | undefined;
  /** Wins over file and environment. With it and without a path no file is looked up. */
  readonly config?: RuntimeConfigInput | undefined;
  /** Default: the environment of the process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Relative paths start here. Default: the working directory of the process. */
  readonly workingDirectory?: string | undefined;
  /** Receives the log lines, which are written to standard output otherwise. */
  readonly onLog?: ((line: LogLine) => void) | undefined;
  readonly onEvent?: ((event: RuntimeEvent) => void) | undefined;
  /** Take a free port for the API when the configured one is in use. */
  readonly freeApiPort?: boolean | undefined;
  /** A shared worker that loads meanwhile; it is discarded where none is needed at the start. */
  readonly preparedWorker?: PreparedWorker | undefined;
  /** The module that a task's worker runs; for tests. */
  readonly workerUrl?: URL | undefined;
}

/** A running connectors runtime. */
export interface Runtime {
  /** `host:port` of the HTTP API; `undefined` when it is off. */
  readonly address: string | undefined;
  /** The configuration file that was read; `undefined`: none. */
  readonly configFile: string | undefined;
  /** Findings about files that did not load. */
  readonly problems: readonly ConfigProblem[];
  /** The current status of every connector: sources first, in order of the keys. */
  connectors(): ConnectorSnapshot[];
  /** Stops all connectors in parallel, then the API. Resolves when everything has stopped, at the latest after `shutdown_timeout`. */
  stop(): Promise<void>;
}

/**
 * Starts all connectors of a configuration. Resolves as soon as their workers are started and the API answers; the
 * states of the connectors are in `connectors()`. Throws `ConfigurationError` with every finding, and `ConnectorError`
 * (`IGC_HTTP_PORT_IN_USE`, `IGC_HTTP_BIND`, `IGC_STATE_FOLDER`, `IGC_STATE_FOLDER_LOCKED`).
 */
export async function startRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const workingDirectory = resolve(options.workingDirectory ?? process.cwd());
  const log = new RuntimeLog();
  const loaded = await loadRuntimeConfig({
    configPath: options.configPath,
    config: options.config,
    environment: options.env ?? process.env,
    workingDirectory,
  });
  const { config, environment } = loaded;
  for (const secret of loaded.secrets) log.redaction.add(secret);
  const writer = new LineWriter(descriptorSink(1));
  let plane: ControlPlane | undefined;
  const telemetry = await openTelemetry(loaded, log, (metrics) => {
    if (plane !== undefined) writeMetrics(metrics, plane.overview());
  });
  setUpLog({
    log,
    config: config.logging,
    environment,
    onLog: options.onLog,
    writer,
    terminal: isatty(1),
    exportLine: telemetry && ((line) => telemetry.log(line)),
  });
  announce(log, loaded);

  let listener: ApiListener | undefined;
  let lock: FolderLock | undefined;
  const stop = async (): Promise<void> => {
    const end = performance.now() + config.shutdown_timeout;
    const stopping = (async () => {
      await (plane?.stop() ?? listener?.close());
      await telemetry?.stop(Math.min(TELEMETRY_FLUSH, Math.max(0, end - performance.now())));
    })();
    if (!(await within(stopping, config.shutdown_timeout + STOP_GRACE))) {
      log.logger().warn("not everything has stopped within shutdown_timeout; it is left behind");
    }
    await lock?.release();
    await within(writer.flushed(), LOG_FLUSH);
  };
  try {
    // What would end the process is found before any connector runs.
    lock = await lockStateFolder(resolve(workingDirectory, config.state.path), log);
    if (config.http.enabled) {
      listener = await ApiListener.bind(config.http.address, {
        certificate: await readCertificate(config.http.tls, workingDirectory),
        otherwiseFree: options.freeApiPort,
      });
    }
    plane = new ControlPlane({
      loaded,
      workingDirectory,
      log,
      listener,
      telemetry,
      onEvent: options.onEvent ?? (() => {}),
      place: placements(log, options),
    });
    await plane.start();
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.preparedWorker?.discard();
  }
  const running = plane;
  let stopped: Promise<void> | undefined;
  return {
    address: listener?.address,
    configFile: loaded.file,
    get problems() {
      return running.errors();
    },
    connectors: () => running.connectors(),
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Milliseconds beyond `shutdown_timeout` for what is ended then: workers are terminated, connections closed. */
const STOP_GRACE = 3000;
/** Milliseconds for the last log lines, which nobody may read. */
const LOG_FLUSH = 1000;

/** Where a task may run. */
function placements(
  log: RuntimeLog,
  { workerUrl, preparedWorker }: Pick<RuntimeOptions, "workerUrl" | "preparedWorker">,
): Placement {
  return byIsolation({
    thread: threadPlacement(workerUrl ?? TASK_WORKER_URL),
    process: processPlacement(TASK_PROCESS_URL),
    shared: sharedPlacement({
      size: availableParallelism(),
      start: poolThreads({
        workerUrl: SHARED_WORKER_URL,
        prepared: preparedWorker,
        onOutput: (lines) => {
          for (const { level, message } of lines) log.logger()[level](message, { from: "a shared worker" });
        },
      }),
    }),
  });
}

/** Milliseconds for what telemetry still has to send at the end. */
const TELEMETRY_FLUSH = 5000;

/** Its libraries are loaded only where it is enabled. */
async function openTelemetry(
  { config: { telemetry }, environment }: LoadedRuntimeConfig,
  log: RuntimeLog,
  write: (metrics: MetricsWriter) => void,
): Promise<Telemetry | undefined> {
  if (!telemetry.enabled) return undefined;
  try {
    const { startTelemetry } = await import("./telemetry/start.ts");
    return startTelemetry({ config: telemetry, environment, log, writeMetrics: write });
  } catch (error) {
    throw new ConnectorError(`the export of telemetry cannot be set up: ${causeOf(error)}`, {
      code: "IGC_CONFIG_TELEMETRY",
      place: "telemetry",
      fix: "correct the variables OTEL_EXPORTER_OTLP_…, install what is missing, or set telemetry.enabled = false",
      cause: error,
    });
  }
}

function announce(log: RuntimeLog, { config, file, dotenv, overrides, warnings }: LoadedRuntimeConfig): void {
  const logger = log.logger();
  if (dotenv !== undefined) logger.info("environment read", { file: dotenv });
  if (file !== undefined) logger.info("configuration read", { file });
  if (config.connectors.config_type === "local") {
    logger.info("connector files are read", { folder: config.connectors.config_dir });
  }
  for (const { variable } of overrides) logger.info("configuration value set by the environment", { variable });
  if (log.filter.enabled(RUNTIME_TARGET, "debug")) {
    logger.debug("current configuration", { config: maskSecrets(runtimeFileSchema, config) });
  }
  for (const warning of warnings) logProblem(log, warning);
}

async function readCertificate(
  { enabled, cert_file, key_file }: RuntimeConfig["http"]["tls"],
  workingDirectory: string,
): Promise<ServerCertificate | undefined> {
  if (!enabled) return undefined;
  const [cert, key] = await Promise.all([cert_file, key_file].map((file) => readFile(resolve(workingDirectory, file))));
  return { cert: cert!, key: key! };
}

/**
 * Two runtimes with one state folder would run every source twice, and write each other's checkpoints.
 * @throws ConnectorError `IGC_STATE_FOLDER_LOCKED` when another one uses the folder, `IGC_STATE_FOLDER` when it cannot be created.
 */
async function lockStateFolder(path: string, log: RuntimeLog): Promise<FolderLock | undefined> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new ConnectorError(`the state folder ${path} cannot be created: ${causeOf(error)}`, {
      code: "IGC_STATE_FOLDER",
      place: "state.path",
      fix: "set state.path (IGGY_CONNECTORS_STATE_PATH) to a writable folder",
      cause: error,
    });
  }
  try {
    return await lockFolder(path, PROCESS_FILE);
  } catch (error) {
    if (error instanceof FolderLockedError) {
      throw new ConnectorError(`the state folder ${error.folder} is in use by ${error.holder}`, {
        code: "IGC_STATE_FOLDER_LOCKED",
        place: "state.path",
        fix: "stop that runtime, or give this one another folder: state.path (IGGY_CONNECTORS_STATE_PATH)",
        cause: error,
      });
    }
    // Sinks keep nothing there: a folder that cannot be written is the concern of what needs it.
    log.logger().warn("the state folder cannot be locked: another runtime could use it, too", {
      folder: path,
      error: causeOf(error),
    });
    return undefined;
  }
}

const PROCESS_FILE = "runtime.pid";
