import { resolve } from "node:path";
import { markedSecrets } from "@iggy-connectors/sdk/internal";
import { formatKey, getAt, type KeyPath, setAt, type Table } from "../../../shared/key-path.ts";
import { unknownKeys } from "../../../shared/schema-tree/unknown-keys.ts";
import { type ConfigDocument, readDocument } from "../document/document.ts";
import { mergeTables } from "../document/tables.ts";
import { withDotenv } from "../environment/dotenv.ts";
import { type AppliedOverride, applyOverrides } from "../environment/overrides.ts";
import { variablesOf } from "../environment/variables.ts";
import { type InterpolationProblem, interpolate } from "../interpolate.ts";
import { locateRuntimeFile } from "../locate.ts";
import { type ConfigProblem, ConfigurationError } from "../problem.ts";
import { validate } from "../schema/validate.ts";
import { checkRuntimeConfig } from "./checks.ts";
import { checkNamedFiles } from "./file-checks.ts";
import { namedInFile } from "./named-folder.ts";
import { type RuntimeConfig, runtimeFileSchema, runtimeFileTree } from "./schema.ts";
import { unsupportedSettings } from "./unsupported.ts";

export interface LoadOptions {
  /** As given by the user; else `IGGY_CONNECTORS_CONFIG_PATH`, else looked up. */
  readonly configPath?: string | undefined;
  /** Wins over file and environment. With it and without a path no file is looked up. */
  readonly config?: Table | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  /** Unknown keys are warnings, whatever `strict` says: the caller decides about them. */
  readonly lenient?: boolean;
  /** The only section that the caller reads: keys that others lack, or that contradict each other there, do not matter. */
  readonly section?: keyof RuntimeConfig;
}

export interface LoadedRuntimeConfig {
  readonly config: RuntimeConfig;
  /** The file that was read; `undefined`: there was none, and defaults apply. */
  readonly file: string | undefined;
  /** The dotenv file that was read, if any. */
  readonly dotenv: string | undefined;
  /** With the dotenv file's variables. */
  readonly environment: NodeJS.ProcessEnv;
  readonly overrides: readonly AppliedOverride[];
  readonly warnings: readonly ConfigProblem[];
  /** Values that came from secret files, or that the schema marks as secret. */
  readonly secrets: readonly string[];
  readonly strict: boolean;
}

/** Variables that control the process and set no configuration key. */
const CONTROL_VARIABLES: ReadonlySet<string> = new Set([
  "IGGY_CONNECTORS_CONFIG_PATH",
  "IGGY_CONNECTORS_ENV_PATH",
  "IGGY_CONNECTORS_CONFIG_STRICT",
  "IGGY_CONNECTORS_LOG",
  "IGGY_CONNECTORS_FAILPOINT",
]);

const VARIABLES = variablesOf(runtimeFileTree, "IGGY_CONNECTORS");

/** Defaults, then the file, then the environment. Throws `ConfigurationError` with all findings at once. */
export async function loadRuntimeConfig(options: LoadOptions): Promise<LoadedRuntimeConfig> {
  const { workingDirectory } = options;
  const { environment, file: dotenv, problems: unclear } = withDotenv(options.environment, workingDirectory);
  const document = await openDocument(options, environment);
  const secrets: string[] = [];
  const context = { environment, workingDirectory, secret: (value: string) => secrets.push(value) };

  const interpolationProblems: InterpolationProblem[] = [];
  const read = document === undefined ? {} : document.value;
  const written = interpolate(read, runtimeFileTree, context, interpolationProblems) as Table;
  const { applied, problems } = applyOverrides(written, VARIABLES, configurationVariables(environment), context);
  const value = mergeTables(written, options.config ?? {});

  nameFiles(value, options, document?.file, applied, workingDirectory);
  const place = placeIn(document, applied);
  const findings: ConfigProblem[] = [...unclear, ...problems];
  const report = (severity: "error" | "warning", code: string, path: KeyPath, message: string, fix?: string): void => {
    findings.push({ severity, code, ...place(path), message, fix });
  };
  for (const { path, message, fix } of interpolationProblems) {
    report("error", "IGC_CONFIG_INTERPOLATION", path, message, fix);
  }
  const validated = validate(runtimeFileSchema, runtimeFileTree, value);
  const strict = options.lenient !== true && isStrict(environment, value);
  for (const { path, fix } of unknownKeys(runtimeFileTree, value)) {
    report(strict ? "error" : "warning", "IGC_CONFIG_UNKNOWN_KEY", path, "unknown key", fix);
  }
  if (validated.findings !== undefined) {
    for (const { path, message, fix } of validated.findings) report("error", "IGC_CONFIG_INVALID", path, message, fix);
  } else {
    for (const { path, message, fix } of unsupportedSettings(validated.value, value)) {
      report("error", "IGC_CONFIG_UNSUPPORTED", path, message, fix);
    }
    const checks = [...checkRuntimeConfig(validated.value), ...checkNamedFiles(validated.value, workingDirectory)];
    for (const { path, message, fix } of checks) {
      if (options.section !== undefined && path[0] !== options.section) continue;
      report("error", "IGC_CONFIG_INVALID", path, message, fix);
    }
  }
  if (validated.findings !== undefined || findings.some(({ severity }) => severity === "error")) {
    throw new ConfigurationError(findings);
  }
  return {
    // The environment may set it, too.
    config: { ...validated.value, strict },
    file: document?.file,
    dotenv,
    environment,
    overrides: applied,
    warnings: findings,
    secrets: [...new Set([...secrets, ...markedSecrets(runtimeFileTree, validated.value)])].filter((one) => one !== ""),
    strict,
  };
}

/** Paths of files and folders that are read. State and dead letters stay where they are: their folder is that of the process. */
const READ_PATHS: readonly KeyPath[] = [
  ["connectors", "config_dir"],
  ["http", "tls", "cert_file"],
  ["http", "tls", "key_file"],
  ["iggy", "tls", "ca_file"],
];

/** Makes paths absolute that are relative to the file, or to the working directory where the environment or a caller names them. */
function nameFiles(
  value: Table,
  { config }: LoadOptions,
  file: string | undefined,
  applied: readonly AppliedOverride[],
  workingDirectory: string,
): void {
  const overridden = new Set(applied.map(({ path }) => formatKey(path)));
  for (const path of READ_PATHS) {
    const named = getAt(value, path);
    if (typeof named !== "string") continue;
    const fromFile = !overridden.has(formatKey(path)) && getAt(config, path) === undefined;
    setAt(value, path, namedInFile(named, fromFile ? file : undefined, workingDirectory));
  }
}

async function openDocument(options: LoadOptions, environment: NodeJS.ProcessEnv): Promise<ConfigDocument | undefined> {
  const named = options.configPath ?? nonEmpty(environment.IGGY_CONNECTORS_CONFIG_PATH);
  if (named === undefined && options.config !== undefined) return undefined;
  const file = locateRuntimeFile(named, options.workingDirectory);
  return file === undefined ? undefined : readDocument(resolve(options.workingDirectory, file));
}

/** The variables that set keys of the runtime's file: not those of connectors, not those that control the process. */
function configurationVariables(environment: NodeJS.ProcessEnv): string[] {
  return Object.keys(environment).filter(
    (name) =>
      name.startsWith("IGGY_CONNECTORS_") &&
      !CONTROL_VARIABLES.has(name) &&
      !name.startsWith("IGGY_CONNECTORS_SINK_") &&
      !name.startsWith("IGGY_CONNECTORS_SOURCE_"),
  );
}

function isStrict(environment: NodeJS.ProcessEnv, value: Table): boolean {
  const variable = environment.IGGY_CONNECTORS_CONFIG_STRICT?.toLowerCase();
  return variable === "true" || variable === "1" || value.strict === true;
}

/** Where a value came from: the variable that set it, else its line in the file. */
function placeIn(document: ConfigDocument | undefined, applied: readonly AppliedOverride[]) {
  const variables = new Map(applied.map(({ path, variable }) => [formatKey(path), variable]));
  return (path: KeyPath): Pick<ConfigProblem, "file" | "line" | "key"> => {
    const key = formatKey(path);
    const variable = variables.get(key);
    if (variable !== undefined) return { file: "environment", key: `${variable} (${key})` };
    return { file: document?.file, line: document?.lineOf(path), key };
  };
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}
