import { resolve } from "node:path";
import { ConnectorError } from "@iggy-connectors/sdk";
import type { DryRunOrder, DryRunResult } from "../../../shared/jobs/dry-run.ts";
import type { TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { isValid, type ValidDefinition } from "../../config/connector-files/definition.ts";
import { toTaskSpecs } from "../../config/connector-files/task-specs.ts";
import type { ConnectorSet } from "../../config/connector-set/connector-set.ts";
import { inspectConfiguration } from "../../config/inspected.ts";
import { ConfigurationError } from "../../config/problem.ts";
import { unreachable } from "../../health/readiness.ts";
import { JobWorker } from "../jobs/job-worker.ts";

export interface DryRunOptions {
  readonly configPath?: string | undefined;
  /** `type` may be left out where only one connector has the key. */
  readonly connector: { readonly type?: ConnectorType | undefined; readonly key: string };
  readonly order: DryRunOrder;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly workingDirectory?: string | undefined;
  /** Told of the log lines of the plugin and the transforms. */
  readonly onLogs?: ((lines: readonly TaskLogLine[]) => void) | undefined;
}

export interface DryRunReport extends DryRunResult {
  readonly type: ConnectorType;
  readonly key: string;
  readonly version: number;
}

/**
 * Shows what a connector would do with real messages: they are decoded, transformed and encoded, but not delivered, sent or
 * stored; Iggy sees only reads. It needs the configuration and no running runtime; the connector's code runs in a worker.
 * Throws `ConfigurationError` and `ConnectorError`.
 */
export async function dryRun(options: DryRunOptions): Promise<DryRunReport> {
  const workingDirectory = resolve(options.workingDirectory ?? process.cwd());
  const environment = options.env ?? process.env;
  const { loaded, catalog, connectors, redaction } = await inspectConfiguration({
    configPath: options.configPath,
    environment,
    workingDirectory,
  });
  const connector = find(await connectors(), options.connector);
  const { type, key, version, config, file } = connector;
  const resolved = catalog.resolve(type, config.path);
  if ("problem" in resolved) throw new ConfigurationError([{ ...resolved.problem, file }]);
  const [spec] = toTaskSpecs(connector, {
    runtime: loaded.config,
    plugin: { path: config.path, url: resolved.url },
    workingDirectory,
    logLevel: "warn",
  });
  if (type === "sink" && options.order.input === undefined) await reachIggy(loaded.config.iggy.address);
  await using worker = new JobWorker(
    { kind: "dry_run", spec: { ...spec!, rehearsal: true } },
    {
      memoryLimit: config.memory_limit,
      isolation: config.isolation,
      environment: loaded.environment,
      onLogs: (lines) => options.onLogs?.(lines.map((line) => ({ ...line, message: redaction.text(line.message) }))),
    },
  );
  const { messages, note } = await worker.call(options.order);
  return { type, key, version, messages, note };
}

async function reachIggy(address: string): Promise<void> {
  const reason = await unreachable(address);
  if (reason === undefined) return;
  throw new ConnectorError(`Iggy at ${address} does not answer: ${reason}`, {
    code: "IGC_IGGY_UNREACHABLE",
    place: "iggy.address",
    fix: "start it, correct iggy.address, or provide messages with --input",
  });
}

/** The selected connector, enabled or not. Errors in other files do not matter. */
function find(set: ConnectorSet, { type, key }: DryRunOptions["connector"]): ValidDefinition {
  const read = [...set.connectors, ...set.disabled, ...set.broken].filter(
    (one) => one.key === key && (type === undefined || one.type === type),
  );
  const [found] = read;
  if (read.length > 1) {
    throw new ConnectorError(`both a sink and a source have the key ${key}`, {
      code: "IGC_CONFIG_CONNECTOR_AMBIGUOUS",
      fix: `use sink/${key} or source/${key}`,
    });
  }
  if (found !== undefined && isValid(found)) return found;
  // A file without a readable key may be that of the connector.
  const files = found === undefined ? set.unreadable : [found.file];
  const errors = set.errors.filter(({ file }) => file !== undefined && files.includes(file));
  if (errors.length > 0) throw new ConfigurationError(errors);
  const known = [...set.connectors, ...set.disabled].map((one) => `${one.type}/${one.key}`);
  throw new ConnectorError(`no connector in this configuration has the key ${key}`, {
    code: "IGC_CONFIG_CONNECTOR_UNKNOWN",
    fix: known.length === 0 ? "it has no connectors" : `its connectors are ${known.join(", ")}`,
  });
}
