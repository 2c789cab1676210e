import { usableJson } from "../../../../shared/exact-json.ts";
import { isTable, type Table } from "../../../../shared/key-path.ts";
import { UnusableValue } from "../../../../shared/plain-value.ts";
import type { ConnectorType } from "../../../../shared/task/task-spec.ts";
import type { AllowedModules } from "../../../plugins/allowed-modules.ts";
import { NO_TRACING, type RequestTracing } from "../../../telemetry/telemetry.ts";
import { keyProblem } from "../../connector-files/connector-key.ts";
import type { ConnectorDefinition } from "../../connector-files/definition.ts";
import {
  DefinitionReader,
  type DefinitionReading,
  type ReaderOptions,
} from "../../connector-files/definition-reader.ts";
import type { ConnectorIdentity } from "../../connector-identity.ts";
import { NO_ACTIVE_VERSIONS } from "../../connector-set/active-versions.ts";
import { chooseVersions } from "../../connector-set/choose-versions.ts";
import type { ConnectorSet } from "../../connector-set/connector-set.ts";
import type { ConfigProvider, ConnectorVersions } from "../provider.ts";
import { ConfigApi, type ConfigApiSettings, unexpectedAnswer, withoutCredentials } from "./config-api.ts";
import { HttpVersions } from "./http-versions.ts";

export interface HttpProviderOptions extends ReaderOptions {
  readonly settings: ConfigApiSettings;
  /** Milliseconds between two requests of the watch; 0: it never asks. */
  readonly pollInterval: number;
  /** Aborted when no more requests may be sent. */
  readonly ended: AbortSignal;
  readonly modules: AllowedModules;
  /** Default: none. */
  readonly tracing?: RequestTracing | undefined;
}

const TYPES: readonly ConnectorType[] = ["source", "sink"];

/** A remote store, which keeps the versions and decides which one is active. The environment overrides nothing, as in the original. */
export class HttpProvider implements ConfigProvider {
  readonly #options: HttpProviderOptions;
  readonly #api: ConfigApi;
  #last: { readonly etag: string; readonly set: ConnectorSet } | undefined;

  constructor(options: HttpProviderOptions) {
    this.#options = options;
    this.#api = new ConfigApi(options.settings, options.ended, options.tracing ?? NO_TRACING);
  }

  async load(): Promise<ConnectorSet> {
    const { data, etag, status } = await this.#api.ask("get_active_configs", {
      etag: this.#last?.etag,
      accept: this.#last === undefined ? [] : [304],
    });
    if (status === 304 && this.#last !== undefined) return this.#last.set;
    const set = this.#toSet(tableIn(data, "the active configurations"));
    this.#last = etag === undefined ? undefined : { etag, set };
    return set;
  }

  /** The remote store decides what a change amounts to, so it is asked again. */
  current(): Promise<ConnectorSet> {
    return this.load();
  }

  async open(connector: ConnectorIdentity): Promise<ConnectorVersions> {
    return new HttpVersions(connector, this.#api, (config) => this.#read(connector, config));
  }

  watch(onChange: () => void): () => void {
    const { pollInterval } = this.#options;
    if (pollInterval <= 0) return () => {};
    const timer = setInterval(onChange, pollInterval);
    timer.unref();
    return () => clearInterval(timer);
  }

  #toSet(data: Table): ConnectorSet {
    const secrets: string[] = [];
    const read = TYPES.flatMap((type) => {
      const section = data[`${type}s`];
      if (section === undefined || section === null) return [];
      const configs = tableIn(section, `the active ${type}s`);
      return Object.entries(configs).map(([key, config]) => this.#read({ type, key }, config, secrets));
    });
    const versions = read.map(({ connector }) => connector);
    const { connectors, broken, disabled, problems } = chooseVersions(versions, NO_ACTIVE_VERSIONS);
    const errors = [...versions.flatMap((one) => one.errors), ...problems];
    const warnings = read.flatMap((one) => one.warnings);
    return { connectors, broken, disabled, versions, unreadable: [], errors, warnings, secrets };
  }

  /** The key that the configuration was asked for names the connector, whatever the configuration says. */
  #read({ type, key }: ConnectorIdentity, config: unknown, secrets?: string[]): DefinitionReading {
    const file = `${withoutCredentials(this.#options.settings.base_url)} ${type}s.${key}`;
    // One configuration that cannot be used is the error of its connector: the others run.
    let plain: unknown;
    try {
      plain = usableJson(config);
    } catch (error) {
      if (!(error instanceof UnusableValue)) throw error;
      return unreadable({ type, key }, file, `the configuration cannot be used: ${error.message}`);
    }
    const wrong = keyProblem(key);
    if (wrong !== undefined) return unreadable({ type, key }, file, `the key ${wrong.message}`);
    if (!isTable(plain)) return unreadable({ type, key }, file, "the configuration must be an object");
    const { active: _active, ...written } = plain;
    const document = { file, value: { ...written, type, key }, lineOf: () => undefined };
    const secret = (value: string): void => {
      secrets?.push(value);
      this.#options.secret(value);
    };
    return this.#withAllowedCode(new DefinitionReader(document, type, { ...this.#options, secret }).finish(key));
  }

  /** The remote store must not be able to run any module of this machine. */
  #withAllowedCode({ connector, warnings }: DefinitionReading): DefinitionReading {
    const { modules } = this.#options;
    const foreign = [
      ...modules.checkPlugin(connector.type, connector.path),
      ...modules.checkScripts(connector.config?.transforms),
    ].map((problem) => ({ ...problem, file: connector.file }));
    if (foreign.length === 0) return { connector, warnings };
    return { connector: { ...connector, config: undefined, errors: [...connector.errors, ...foreign] }, warnings };
  }
}

/** A connector of which only its name is known. */
function unreadable({ type, key }: ConnectorIdentity, file: string, message: string): DefinitionReading {
  const problem = { severity: "error", code: "IGC_CONFIG_INVALID", file, message } as const;
  const connector: ConnectorDefinition = {
    ...{ type, key, file, name: key, path: "", enabled: true, version: undefined, config: undefined },
    ...{ pluginTexts: [], errors: [problem], document: { written: {}, overrides: [] } },
  };
  return { connector, warnings: [] };
}

function tableIn(value: unknown, what: string): Table {
  if (!isTable(value)) throw unexpectedAnswer(`${what} as an object`, value);
  return value;
}
