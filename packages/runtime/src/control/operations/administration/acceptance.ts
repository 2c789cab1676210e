import { transformsJsonSchema } from "@iggy-connectors/transforms/definitions";
import { isTable, type Table } from "../../../shared/key-path.ts";
import { propertiesOf, type SchemaNode } from "../../../shared/schema-tree/schema-tree.ts";
import { SCHEMA_KEY } from "../../../shared/schema-tree/unknown-keys.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { keyProblem } from "../../config/connector-files/connector-key.ts";
import type { ConnectorDefinition } from "../../config/connector-files/definition.ts";
import type { DefinitionReading } from "../../config/connector-files/definition-reader.ts";
import { connectorFileTree } from "../../config/connector-files/schema.ts";
import type { ConnectorIdentity } from "../../config/connector-identity.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import type { ConnectorVersions } from "../../config/providers/provider.ts";
import { withoutNulls } from "../../config/schema/validate.ts";
import type { AllowedModules } from "../../plugins/allowed-modules.ts";
import type { PluginCatalog } from "../../plugins/catalog.ts";
import { invalidConfiguration, Refusal } from "../refusal.ts";
import { movedSecrets } from "./kept-secrets.ts";
import { withoutMasks } from "./masked-values.ts";
import { foreignFiles } from "./named-files.ts";
import { checkPlaceholders } from "./sent-placeholders.ts";

export interface AcceptanceOptions {
  readonly catalog: PluginCatalog;
  readonly modules: AllowedModules;
  /** `connectors.allowed_files`. */
  readonly allowedFiles: readonly string[];
  /** `http.allowed_placeholders`. */
  readonly allowedPlaceholders: readonly string[];
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

/**
 * Checks configurations that are sent to the API: each must be valid, and must not reach what its sender was not given: code,
 * files, variables and secrets of this machine.
 */
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
    const { modules, allowedPlaceholders, workingDirectory } = this.#options;
    const { type } = connector;
    const [active, existing] = await Promise.all([versions.active(), versions.list()]);
    const unmasked = withoutMasks(body, active?.document);
    const { type: _type, key: _key, version: _version, active: _active, ...rest } = unmasked.document;
    const { [SCHEMA_KEY]: _schema, ...written } = rest;
    const sent = withoutNulls(written, connectorFileTree(type)) as Table;
    const placeholders = checkPlaceholders(sent, active?.document, allowedPlaceholders, workingDirectory);
    const { document } = placeholders;
    const checked = await versions.check(document);
    const plugins = existing.map(({ path }) => path);
    const scripts = existing.flatMap(({ config }) => modules.scriptsIn(config?.transforms));
    const foreignCode = [
      ...modules.checkPlugin(type, document.path, plugins),
      ...modules.checkScripts(checked.connector.config?.transforms, scripts),
    ];
    const kept = [...unmasked.kept, ...placeholders.kept, ...valuesOfEnvironment(checked.connector)];
    const problems = [
      ...unusableKey(connector.key),
      ...unmasked.problems,
      ...placeholders.problems,
      ...checked.connector.errors,
      ...foreignCode,
      ...(await this.#reach(type, document, active, foreignCode.length === 0, kept)),
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

  /** What a document would reach besides code: files, and destinations for values that its sender does not know. */
  async #reach(
    type: ConnectorType,
    document: Table,
    active: ConnectorDefinition | undefined,
    describe: boolean,
    kept: Parameters<typeof movedSecrets>[0]["kept"],
  ): Promise<ConfigProblem[]> {
    const { catalog, ...context } = this.#options;
    const path = typeof document.path === "string" ? document.path : "";
    // Code that may not be named is not loaded to be described either.
    const plugin = describe ? await catalog.describe(type, path) : undefined;
    const pluginSchema = isTable(plugin?.configSchema) ? plugin.configSchema : undefined;
    const samePlugin = active !== undefined && active.path === path ? active.document : undefined;
    const properties = {
      ...propertiesOf(connectorFileTree(type)),
      transforms: transformsJsonSchema() as SchemaNode,
      ...(pluginSchema === undefined ? {} : { plugin_config: pluginSchema }),
    };
    return [
      ...movedSecrets({ document, kept, active: active?.document, pluginSchema }),
      ...foreignFiles(document, { properties }, { ...context, active: samePlugin }),
    ];
  }
}

/** Where the environment sets a secret, or a setting of the plugin that may be one. */
function valuesOfEnvironment({ document: { overrides } }: ConnectorDefinition) {
  return overrides
    .filter(({ path, value }) => value === undefined || path[0] === "plugin_config")
    .map(({ path }) => path);
}

function unusableKey(key: string): readonly ConfigProblem[] {
  const problem = keyProblem(key);
  return problem === undefined ? [] : [{ severity: "error", code: "IGC_CONFIG_INVALID", key: "key", ...problem }];
}
