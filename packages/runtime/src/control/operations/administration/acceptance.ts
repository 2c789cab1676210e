import { isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { scriptPaths } from "@iggy-connectors/transforms";
import { isTable, type Table } from "../../../shared/key-path.ts";
import { SCHEMA_KEY } from "../../../shared/schema-tree/unknown-keys.ts";
import type { ConnectorDefinition } from "../../config/connector-files/definition.ts";
import type { DefinitionReading } from "../../config/connector-files/definition-reader.ts";
import { sinkFileTree, sourceFileTree } from "../../config/connector-files/schema.ts";
import type { ConnectorIdentity } from "../../config/connector-identity.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import type { ConnectorVersions } from "../../config/providers/provider.ts";
import { withoutNulls } from "../../config/schema/validate.ts";
import type { PluginCatalog } from "../../plugins/catalog.ts";
import { invalidConfiguration, Refusal } from "../refusal.ts";
import { withoutMasks } from "./masked-values.ts";

/** Characters of a connector's key, percent-encoded. */
const MAX_KEY = 200;

export interface AcceptanceOptions {
  readonly catalog: PluginCatalog;
  /** `connectors.allowed_paths`. */
  readonly allowedPaths: readonly string[];
  readonly workingDirectory: string;
  readonly configDirectory: string;
}

/** A document that was sent to the API, ready to be stored. */
export interface AcceptedDocument extends DefinitionReading {
  /** Without type, key and version, which the request's path and the store decide. */
  readonly document: Table;
  /** All findings; a document with errors is not stored. */
  readonly problems: readonly ConfigProblem[];
}

/** Checks configurations that are sent to the API: each must be valid, and must not name code that is not allowed. */
export class Acceptance {
  readonly #options: AcceptanceOptions;

  constructor(options: AcceptanceOptions) {
    this.#options = options;
  }

  /** Checks a document. Throws `Refusal` only where it is not a JSON object. */
  async check(connector: ConnectorIdentity, versions: ConnectorVersions, body: unknown): Promise<AcceptedDocument> {
    if (!isTable(body)) {
      throw new Refusal("invalid", "The body must be a JSON object", { code: "invalid_configuration" });
    }
    const [active, existing] = await Promise.all([versions.active(), versions.list()]);
    const unmasked = withoutMasks(body, active?.document);
    const { type: _type, key: _key, version: _version, active: _active, ...rest } = unmasked.document;
    const { [SCHEMA_KEY]: _schema, ...written } = rest;
    const document = withoutNulls(written, connector.type === "sink" ? sinkFileTree : sourceFileTree) as Table;
    const checked = await versions.check(document);
    const problems = [
      ...keyTooLong(connector.key),
      ...unmasked.problems,
      ...checked.connector.errors,
      ...this.#foreignPlugin(connector, document.path, existing),
      ...this.#foreignScripts(checked.connector, existing),
      ...checked.warnings,
    ];
    return { ...checked, document, problems };
  }

  /** Checks a document, and throws `Refusal` with all errors where it cannot be stored. */
  async accept(connector: ConnectorIdentity, versions: ConnectorVersions, body: unknown): Promise<AcceptedDocument> {
    const accepted = await this.check(connector, versions, body);
    const errors = accepted.problems.filter(({ severity }) => severity === "error");
    if (errors.length > 0) throw invalidConfiguration(errors);
    return accepted;
  }

  /**
   * A user of the API must not be able to run any module of the machine. Allowed are installed connectors, what
   * `connectors.allowed_paths` names, and what this connector runs already.
   */
  #foreignPlugin(
    { type }: ConnectorIdentity,
    path: unknown,
    versions: readonly ConnectorDefinition[],
  ): readonly ConfigProblem[] {
    const { catalog, allowedPaths } = this.#options;
    if (typeof path !== "string" || path === "" || catalog.isInstalled(type, path)) return [];
    if (versions.some((version) => version.path === path) || allowedPaths.includes(path)) return [];
    const resolved = catalog.resolve(type, path);
    const file = "url" in resolved && resolved.url.startsWith("file:") ? fileURLToPath(resolved.url) : undefined;
    if (file !== undefined && this.#isAllowed(file)) return [];
    return [
      {
        severity: "error",
        code: "IGC_CONFIG_PATH_NOT_ALLOWED",
        key: "path",
        message: `${JSON.stringify(path)} is neither an installed ${type} nor in connectors.allowed_paths`,
        fix: `add it to connectors.allowed_paths, or use one of ${catalog.installed(type).join(", ") || "(none)"}`,
      },
    ];
  }

  #foreignScripts(candidate: ConnectorDefinition, versions: readonly ConnectorDefinition[]): readonly ConfigProblem[] {
    const { configDirectory, workingDirectory } = this.#options;
    const folders = [configDirectory, workingDirectory];
    const existing = new Set(versions.flatMap((version) => scriptsOf(version, folders)));
    return scriptsOf(candidate, folders)
      .filter((script) => !existing.has(script) && !this.#isAllowed(script))
      .map((script) => ({
        severity: "error",
        code: "IGC_CONFIG_PATH_NOT_ALLOWED",
        key: "transforms",
        message: `the script ${script} is not in connectors.allowed_paths`,
        fix: "add it, or its folder, to connectors.allowed_paths",
      }));
  }

  #isAllowed(file: string): boolean {
    const { allowedPaths, workingDirectory } = this.#options;
    return allowedPaths.some((allowed) => isWithin(resolve(workingDirectory, allowed), file));
  }
}

/** Files, consumer groups and topics are named after it, and none of these names is longer than 255 bytes. */
function keyTooLong(key: string): readonly ConfigProblem[] {
  const length = encodeURIComponent(key.toWellFormed()).length;
  if (length <= MAX_KEY) return [];
  return [
    {
      severity: "error",
      code: "IGC_CONFIG_INVALID",
      key: "key",
      message: `is too long: ${length} characters, percent-encoded`,
      fix: `use at most ${MAX_KEY}`,
    },
  ];
}

/** Transforms call scripts, which are code as well. */
function scriptsOf({ config }: ConnectorDefinition, folders: readonly string[]): readonly string[] {
  return scriptPaths(config?.transforms, folders);
}

function isWithin(folder: string, file: string): boolean {
  const inside = relative(folder, file);
  return inside === "" || (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside));
}
