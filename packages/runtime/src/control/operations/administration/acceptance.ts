import { isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { scriptPaths } from "@iggy-connectors/transforms";
import { isTable, type Table } from "../../../shared/key-path.ts";
import { SCHEMA_KEY } from "../../../shared/schema-tree/unknown-keys.ts";
import type { ReadConnector } from "../../config/connector-files/definition.ts";
import { sinkFileTree, sourceFileTree } from "../../config/connector-files/schema.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import type { CheckedDocument, ConfigProvider, ConnectorIdentity } from "../../config/providers/provider.ts";
import { withoutNulls } from "../../config/schema/validate.ts";
import type { PluginCatalog } from "../../plugins/catalog.ts";
import { invalidConfiguration, Refusal } from "../refusal.ts";
import { withoutMasks } from "./masked-values.ts";

/** Characters of a connector's key, percent-encoded. */
const MAX_KEY = 200;

export interface AcceptanceOptions {
  readonly provider: ConfigProvider;
  readonly catalog: PluginCatalog;
  /** `connectors.allowed_paths`. */
  readonly allowedPaths: readonly string[];
  readonly workingDirectory: string;
  readonly configDirectory: string;
}

/** A document that came over the API, ready to be stored. */
export interface AcceptedDocument extends CheckedDocument {
  /** Without what its place decides: type, key and version. */
  readonly document: Table;
  /** All that is wrong; with errors it is not stored. */
  readonly problems: readonly ConfigProblem[];
}

/** What the API takes as a configuration: it must be one, and must not bring code that nobody allowed. */
export class Acceptance {
  readonly #options: AcceptanceOptions;

  constructor(options: AcceptanceOptions) {
    this.#options = options;
  }

  /** Looks at a document. Throws `Refusal` only where it is no document at all. */
  async look(connector: ConnectorIdentity, body: unknown): Promise<AcceptedDocument> {
    if (!isTable(body)) {
      throw new Refusal("invalid", "The body must be a JSON object", { code: "invalid_configuration" });
    }
    const { provider } = this.#options;
    const [active, versions] = await Promise.all([provider.active(connector), provider.versions(connector)]);
    const unmasked = withoutMasks(body, active?.document);
    const { type: _type, key: _key, version: _version, active: _active, ...rest } = unmasked.document;
    const { [SCHEMA_KEY]: _schema, ...written } = rest;
    const document = withoutNulls(written, connector.type === "sink" ? sinkFileTree : sourceFileTree) as Table;
    const checked = await provider.check(connector, document);
    const problems = [
      ...keyTooLong(connector.key),
      ...unmasked.problems,
      ...checked.connector.errors,
      ...this.#foreignPlugin(connector, document.path, versions),
      ...this.#foreignScripts(checked.connector, versions),
      ...checked.warnings,
    ];
    return { ...checked, document, problems };
  }

  /** The same, and throws `Refusal` with all findings where it cannot be stored. */
  async accept(connector: ConnectorIdentity, body: unknown): Promise<AcceptedDocument> {
    const accepted = await this.look(connector, body);
    const errors = accepted.problems.filter(({ severity }) => severity === "error");
    if (errors.length > 0) throw invalidConfiguration(errors);
    return accepted;
  }

  /**
   * Whoever may use the API must not be able to run any module of the machine: installed connectors, what
   * `connectors.allowed_paths` names, and what this connector runs already.
   */
  #foreignPlugin(
    { type }: ConnectorIdentity,
    path: unknown,
    versions: readonly ReadConnector[],
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
        message: `${JSON.stringify(path)} is no installed ${type} and not among connectors.allowed_paths`,
        fix: `add it to connectors.allowed_paths, or use one of ${catalog.installed(type).join(", ") || "(none)"}`,
      },
    ];
  }

  #foreignScripts(candidate: ReadConnector, versions: readonly ReadConnector[]): readonly ConfigProblem[] {
    const { configDirectory, workingDirectory } = this.#options;
    const folders = [configDirectory, workingDirectory];
    const present = new Set(versions.flatMap((version) => scriptsOf(version, folders)));
    return scriptsOf(candidate, folders)
      .filter((script) => !present.has(script) && !this.#isAllowed(script))
      .map((script) => ({
        severity: "error",
        code: "IGC_CONFIG_PATH_NOT_ALLOWED",
        key: "transforms",
        message: `the script ${script} is not among connectors.allowed_paths`,
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
      fix: `use ${MAX_KEY} at most`,
    },
  ];
}

/** Transforms call scripts, which are code as well. */
function scriptsOf({ config }: ReadConnector, folders: readonly string[]): readonly string[] {
  return scriptPaths(config?.transforms, folders);
}

function isWithin(folder: string, file: string): boolean {
  const inside = relative(folder, file);
  return inside === "" || (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside));
}
