import { markedSecrets } from "@iggy-connectors/sdk/internal";
import { transformSecrets } from "@iggy-connectors/transforms";
import { formatKey, getAt, type KeyPath, setAt, type Table } from "../../../shared/key-path.ts";
import { unknownKeys } from "../../../shared/schema-tree/unknown-keys.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { ConfigDocument } from "../document/document.ts";
import { type InterpolationProblem, interpolate } from "../interpolate.ts";
import type { ConfigProblem } from "../problem.ts";
import { validate } from "../schema/validate.ts";
import { applyConnectorOverrides } from "./overrides.ts";
import { type ConnectorFile, sinkFileSchema, sinkFileTree, sourceFileSchema, sourceFileTree } from "./schema.ts";

/** One version of one connector, read: what it configures, or why it cannot be used. */
export interface ReadConnector {
  readonly type: ConnectorType;
  readonly key: string;
  /** The file, or the address of the provider's answer. */
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
  readonly document: ConnectorDocument;
}

/** What stands in the file, for those who show it or write it again: placeholders are placeholders here. */
export interface ConnectorDocument {
  readonly written: Table;
  /** What the environment sets on top; values of secrets are not among them. */
  readonly overrides: readonly { readonly path: KeyPath; readonly value: unknown }[];
}

/** A connector that should run. */
export interface LoadedConnector extends ReadConnector {
  readonly config: ConnectorFile;
  readonly version: number;
}

export function isLoaded(connector: ReadConnector): connector is LoadedConnector {
  return connector.config !== undefined && connector.version !== undefined && connector.errors.length === 0;
}

export interface ReadingOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  /** Unknown keys are errors. */
  readonly strict: boolean;
  /** Told of every value that came from a secret file, or that a schema marks as secret. */
  readonly secret: (value: string) => void;
}

/** Reads one document step by step: interpolation, environment, checks. */
export class ConnectorReading {
  readonly #document: ConfigDocument;
  readonly #type: ConnectorType;
  readonly #options: ReadingOptions;
  readonly #findings: ConfigProblem[] = [];
  readonly #variables = new Map<string, string>();
  readonly #pluginTexts: KeyPath[] = [];
  readonly #overrides: { path: KeyPath; value: unknown }[] = [];
  readonly #value: Table;

  constructor(document: ConfigDocument, type: ConnectorType, options: ReadingOptions) {
    this.#document = document;
    this.#type = type;
    this.#options = options;
    const problems: InterpolationProblem[] = [];
    const replaced = ([section, ...path]: KeyPath): void => {
      if (section === "plugin_config") this.#pluginTexts.push(path);
    };
    this.#value = interpolate(document.value, this.#tree, { ...options, replaced }, problems) as Table;
    for (const { path, message, fix } of problems) {
      this.#report("error", "IGC_CONFIG_INTERPOLATION", path, message, fix);
    }
  }

  /** Sets what variables of the environment that begin with `prefix` say. */
  override(prefix: string, names: readonly string[]): void {
    const secrets: string[] = [];
    const secret = (value: string): void => {
      secrets.push(value);
      this.#options.secret(value);
    };
    const context = { ...this.#options, secret };
    const { applied, problems, pluginTexts } = applyConnectorOverrides(this.#value, this.#type, prefix, names, context);
    this.#pluginTexts.push(...pluginTexts);
    const places = pluginTexts.map((path) => ["plugin_config", ...path]);
    for (const path of [...applied.filter((one) => !one.secret).map((one) => one.path), ...places]) {
      const value = getAt(this.#value, path);
      this.#overrides.push({ path, value: secrets.includes(String(value)) ? undefined : value });
    }
    for (const { path, secret } of applied) if (secret) this.#overrides.push({ path, value: undefined });
    for (const { path, variable } of applied) this.#variables.set(formatKey(path), variable);
    this.#findings.push(...problems);
  }

  finish(writtenKey: string): { connector: ReadConnector; warnings: readonly ConfigProblem[] } {
    const { strict, secret } = this.#options;
    for (const value of [...markedSecrets(this.#tree, this.#value), ...transformSecrets(this.#value.transforms)]) {
      secret(value);
    }
    for (const { path, suggestion } of unknownKeys(this.#tree, this.#value)) {
      const fix = suggestion === undefined ? "remove it" : `did you mean ${suggestion}?`;
      this.#report(strict ? "error" : "warning", "IGC_CONFIG_UNKNOWN_KEY", path, "unknown key", fix);
    }
    const validated =
      this.#type === "sink"
        ? validate<ConnectorFile>(sinkFileSchema, sinkFileTree, this.#value)
        : validate<ConnectorFile>(sourceFileSchema, sourceFileTree, this.#value);
    for (const { path, message, fix } of validated.findings ?? []) {
      this.#report("error", "IGC_CONFIG_INVALID", path, message, fix);
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
        document: { written: this.#document.value, overrides: this.#overrides },
      },
      warnings: this.#findings.filter(({ severity }) => severity === "warning"),
    };
  }

  get #tree() {
    return this.#type === "sink" ? sinkFileTree : sourceFileTree;
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

/** The document with what the environment sets; a secret of the environment is shown as `mask`. */
export function inForce({ written, overrides }: ConnectorDocument, mask: string): Table {
  const table = structuredClone(written);
  for (const { path, value } of overrides) setAt(table, path, value === undefined ? mask : value);
  return table;
}
