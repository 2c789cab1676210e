import type { ConnectorType } from "../../task/protocol.ts";
import type { ConfigDocument } from "../document/document.ts";
import { type InterpolationProblem, interpolate } from "../interpolate.ts";
import { formatKey, type KeyPath, type Table } from "../key-path.ts";
import type { ConfigProblem } from "../problem.ts";
import { unknownKeys } from "../schema/unknown-keys.ts";
import { validate } from "../schema/validate.ts";
import { readActiveVersions } from "./active-versions.ts";
import { chooseVersions } from "./choose-versions.ts";
import { applyConnectorOverrides, assignVariables, variablePrefixes } from "./overrides.ts";
import { scanFolder } from "./scan.ts";
import { type ConnectorFile, sinkFileSchema, sinkFileTree, sourceFileSchema, sourceFileTree } from "./schema.ts";
import { unsupportedConnectorSettings } from "./unsupported.ts";

export interface ConnectorFilesOptions {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  /** Unknown keys are errors. */
  readonly strict: boolean;
  /** The runtime's own file, which is no connector wherever it lies. */
  readonly runtimeFile?: string | undefined;
}

/** One file, read: what it configures, or why it cannot be used. */
export interface ReadConnector {
  readonly type: ConnectorType;
  readonly key: string;
  readonly file: string;
  /** As written, for the API, where the file could not be used. */
  readonly name: string;
  readonly path: string;
  readonly enabled: boolean;
  /** `undefined`: not readable. */
  readonly version: number | undefined;
  /** `undefined` when there are errors. */
  readonly config: ConnectorFile | undefined;
  /** Places below `plugin_config` that hold text from the environment, of whatever type it is meant to be. */
  readonly pluginTexts: readonly KeyPath[];
  readonly errors: readonly ConfigProblem[];
}

/** A connector that should run. */
export interface LoadedConnector extends ReadConnector {
  readonly config: ConnectorFile;
  readonly version: number;
}

export interface ConnectorSet {
  /** The active version of each enabled connector. */
  readonly connectors: readonly LoadedConnector[];
  /** Enabled connectors whose active version cannot be used: they are shown as failed. */
  readonly broken: readonly ReadConnector[];
  readonly disabled: readonly ReadConnector[];
  /** All errors, also those of files that name no connector. */
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Values that came from secret files. */
  readonly secrets: readonly string[];
}

/** Reads a folder of connector files. One bad file never stops the others; only an unreadable folder throws. */
export async function loadConnectorFiles(options: ConnectorFilesOptions): Promise<ConnectorSet> {
  const [scan, active] = await Promise.all([
    scanFolder(options.folder, options.runtimeFile),
    readActiveVersions(options.folder),
  ]);
  const errors: ConfigProblem[] = [...scan.problems, ...active.problems];
  const warnings: ConfigProblem[] = [];
  const secrets: string[] = [];

  const identified: { document: ConfigDocument; type: ConnectorType; key: string }[] = [];
  for (const document of scan.documents) {
    const identity = identify(document);
    if ("problem" in identity) errors.push(identity.problem);
    else identified.push({ document, ...identity });
  }

  const names = Object.keys(options.environment).filter((name) => /^IGGY_CONNECTORS_(SINK|SOURCE)_/.test(name));
  const prefixes = identified.flatMap(({ type, key }) => variablePrefixes(type, key));
  const { byPrefix, orphans } = assignVariables(names, prefixes);
  for (const name of orphans) {
    warnings.push({
      severity: "warning",
      code: "IGC_CONFIG_UNKNOWN_VARIABLE",
      file: "environment",
      key: name,
      message: "no connector file has the key that this variable names",
      fix: `the keys are ${[...new Set(identified.map(({ key }) => key))].sort().join(", ") || "none"}`,
    });
  }

  const read = identified.map(({ document, type, key }) => {
    const reading = new Reading(document, type, options, secrets);
    for (const prefix of variablePrefixes(type, key)) reading.override(prefix, byPrefix.get(prefix) ?? []);
    return reading.finish(key);
  });
  errors.push(...read.flatMap((one) => one.connector.errors));
  // A variable that sets nothing is told once, not once per version.
  const told = new Set<string>();
  for (const warning of read.flatMap((one) => one.warnings)) {
    const text = `${warning.file}:${warning.line} ${warning.key}`;
    if (!told.has(text)) warnings.push(warning);
    told.add(text);
  }
  const chosen = chooseVersions(
    read.map(({ connector }) => connector),
    active,
  );
  errors.push(...chosen.problems);
  return {
    connectors: chosen.connectors,
    broken: chosen.broken,
    disabled: chosen.disabled,
    errors,
    warnings,
    secrets,
  };
}

/** Type and key decide everything else: which schema applies and which variables. */
function identify(document: ConfigDocument): { type: ConnectorType; key: string } | { problem: ConfigProblem } {
  const { type, key } = document.value;
  const problem = (name: string, message: string, fix: string): { problem: ConfigProblem } => ({
    problem: {
      severity: "error",
      code: "IGC_CONFIG_INVALID",
      file: document.file,
      line: document.lineOf([name]),
      key: name,
      message,
      fix,
    },
  });
  if (type === undefined) return problem("type", "is missing", 'add type = "sink" or type = "source"');
  if (type !== "sink" && type !== "source") {
    return problem("type", `${JSON.stringify(type)} is no type of connector`, 'write "sink" or "source"');
  }
  if (key === undefined) return problem("key", "is missing", 'add one, for example key = "my_connector"');
  if (typeof key !== "string" || key === "") return problem("key", "must be a text that is not empty", "name it");
  return { type, key };
}

/** Reads one document step by step: interpolation, environment, checks. */
class Reading {
  readonly #document: ConfigDocument;
  readonly #type: ConnectorType;
  readonly #options: ConnectorFilesOptions;
  readonly #secrets: string[];
  readonly #findings: ConfigProblem[] = [];
  readonly #variables = new Map<string, string>();
  readonly #pluginTexts: KeyPath[] = [];
  readonly #value: Table;

  constructor(document: ConfigDocument, type: ConnectorType, options: ConnectorFilesOptions, secrets: string[]) {
    this.#document = document;
    this.#type = type;
    this.#options = options;
    this.#secrets = secrets;
    const problems: InterpolationProblem[] = [];
    const replaced = ([section, ...path]: KeyPath): void => {
      if (section === "plugin_config") this.#pluginTexts.push(path);
    };
    const context = { ...this.#context, replaced };
    this.#value = interpolate(document.value, this.#tree, context, problems) as Table;
    for (const { path, message, fix } of problems)
      this.#report("error", "IGC_CONFIG_INTERPOLATION", path, message, fix);
  }

  override(prefix: string, names: readonly string[]): void {
    const { applied, problems, pluginTexts } = applyConnectorOverrides(
      this.#value,
      this.#type,
      prefix,
      names,
      this.#context,
    );
    this.#pluginTexts.push(...pluginTexts);
    for (const { path, variable } of applied) this.#variables.set(formatKey(path), variable);
    this.#findings.push(...problems);
  }

  finish(writtenKey: string): { connector: ReadConnector; warnings: readonly ConfigProblem[] } {
    const { strict } = this.#options;
    for (const { path, suggestion } of unknownKeys(this.#tree, this.#value)) {
      const fix = suggestion === undefined ? "remove it" : `did you mean ${suggestion}?`;
      this.#report(strict ? "error" : "warning", "IGC_CONFIG_UNKNOWN_KEY", path, "unknown key", fix);
    }
    const validated =
      this.#type === "sink"
        ? validate<ConnectorFile>(sinkFileSchema, sinkFileTree, this.#value)
        : validate<ConnectorFile>(sourceFileSchema, sourceFileTree, this.#value);
    if (validated.findings === undefined) {
      for (const { path, message, fix } of unsupportedConnectorSettings(validated.value)) {
        this.#report("error", "IGC_CONFIG_UNSUPPORTED", path, message, fix);
      }
    } else {
      for (const { path, message, fix } of validated.findings) {
        this.#report("error", "IGC_CONFIG_INVALID", path, message, fix);
      }
    }
    const errors = this.#findings.filter(({ severity }) => severity === "error");
    const config = errors.length === 0 && validated.findings === undefined ? validated.value : undefined;
    const { version, enabled, name, path } = this.#value;
    return {
      connector: {
        type: this.#type,
        key: config?.key ?? writtenKey,
        file: this.#document.file,
        name: typeof name === "string" ? name : writtenKey,
        path: typeof path === "string" ? path : "",
        enabled: enabled !== false,
        version: Number.isSafeInteger(version) && Number(version) >= 0 ? Number(version) : undefined,
        config,
        pluginTexts: this.#pluginTexts,
        errors,
      },
      warnings: this.#findings.filter(({ severity }) => severity === "warning"),
    };
  }

  get #tree() {
    return this.#type === "sink" ? sinkFileTree : sourceFileTree;
  }

  get #context() {
    const { environment, workingDirectory } = this.#options;
    return { environment, workingDirectory, secret: (value: string) => this.#secrets.push(value) };
  }

  #report(severity: "error" | "warning", code: string, path: KeyPath, message: string, fix?: string): void {
    const key = formatKey(path);
    const variable = this.#variables.get(key);
    const place =
      variable === undefined
        ? { file: this.#document.file, line: this.#document.lineOf(path), key }
        : { file: "environment", key: `${variable} (${key})` };
    this.#findings.push({ severity, code, ...place, message, fix });
  }
}
