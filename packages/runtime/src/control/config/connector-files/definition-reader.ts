import { markedSecrets } from "@iggy-connectors/sdk/internal";
import { transformSecrets } from "@iggy-connectors/transforms";
import { formatKey, getAt, type KeyPath, type Table } from "../../../shared/key-path.ts";
import { unknownKeys } from "../../../shared/schema-tree/unknown-keys.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { ConfigDocument } from "../document/document.ts";
import { type InterpolationProblem, interpolate } from "../interpolate.ts";
import type { ConfigProblem } from "../problem.ts";
import { validate } from "../schema/validate.ts";
import type { ConnectorDefinition } from "./definition.ts";
import { applyConnectorOverrides } from "./overrides.ts";
import { type ConnectorFile, connectorFileTree, sinkFileSchema, sourceFileSchema } from "./schema.ts";

export interface ReaderOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  /** Unknown keys are errors. */
  readonly strict: boolean;
  /** Told of every value that came from a file, or that a schema marks as secret. */
  readonly secret: (value: string) => void;
  /** Told of every file that a value was read from, or could not be read from. */
  readonly valueFile?: (file: string) => void;
}

/** A definition, and warnings about it; errors are part of the definition. */
export interface DefinitionReading {
  readonly connector: ConnectorDefinition;
  readonly warnings: readonly ConfigProblem[];
}

/** Reads one document step by step: placeholders, overrides of the environment, validation. */
export class DefinitionReader {
  readonly #document: ConfigDocument;
  readonly #type: ConnectorType;
  readonly #options: ReaderOptions;
  readonly #findings: ConfigProblem[] = [];
  readonly #variables = new Map<string, string>();
  readonly #pluginTexts: KeyPath[] = [];
  readonly #overrides: { path: KeyPath; value: unknown }[] = [];
  readonly #value: Table;

  constructor(document: ConfigDocument, type: ConnectorType, options: ReaderOptions) {
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

  /** Applies the variables `names`, which begin with `prefix`. */
  override(prefix: string, names: readonly string[]): void {
    const secrets: string[] = [];
    const secret = (value: string): void => {
      secrets.push(value);
      this.#options.secret(value);
    };
    const context = { ...this.#options, secret };
    const { applied, problems, pluginTexts } = applyConnectorOverrides(this.#value, this.#type, prefix, names, context);
    this.#pluginTexts.push(...pluginTexts);
    const pluginPaths = pluginTexts.map((path) => ["plugin_config", ...path]);
    for (const path of [...applied.filter((one) => !one.secret).map((one) => one.path), ...pluginPaths]) {
      const value = getAt(this.#value, path);
      this.#overrides.push({ path, value: secrets.includes(String(value)) ? undefined : value });
    }
    for (const { path, secret } of applied) if (secret) this.#overrides.push({ path, value: undefined });
    for (const { path, variable } of applied) this.#variables.set(formatKey(path), variable);
    this.#findings.push(...problems);
  }

  finish(writtenKey: string): DefinitionReading {
    const { strict, secret } = this.#options;
    for (const value of [...markedSecrets(this.#tree, this.#value), ...transformSecrets(this.#value.transforms)]) {
      secret(value);
    }
    for (const { path, fix } of unknownKeys(this.#tree, this.#value)) {
      this.#report(strict ? "error" : "warning", "IGC_CONFIG_UNKNOWN_KEY", path, "unknown key", fix);
    }
    const validated =
      this.#type === "sink"
        ? validate<ConnectorFile>(sinkFileSchema, this.#tree, this.#value)
        : validate<ConnectorFile>(sourceFileSchema, this.#tree, this.#value);
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
    return connectorFileTree(this.#type);
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
