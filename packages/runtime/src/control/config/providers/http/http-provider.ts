import { isTable, type Table } from "../../../../shared/key-path.ts";
import type { ConnectorType } from "../../../../shared/task/task-spec.ts";
import { NO_TRACING, type RequestTracing } from "../../../telemetry/telemetry.ts";
import { chooseVersions } from "../../connector-files/choose-versions.ts";
import type { ConnectorSet } from "../../connector-files/load.ts";
import { ConnectorReading, type ReadConnector, type ReadingOptions } from "../../connector-files/definition.ts";
import {
  type CheckedDocument,
  type ConfigProvider,
  type ConnectorIdentity,
  ProviderError,
  VersionNotFoundError,
} from "../provider.ts";
import { ConfigApi, type ConfigApiSettings, withoutCredentials } from "./config-api.ts";
import { operationOf } from "./url-templates.ts";

export interface HttpProviderOptions extends ReadingOptions {
  readonly settings: ConfigApiSettings;
  /** Milliseconds between two looks; 0: none. */
  readonly pollInterval: number;
  /** Aborted when nothing is asked any more. */
  readonly ended: AbortSignal;
  /** Default: none. */
  readonly tracing?: RequestTracing | undefined;
}

const TYPES: readonly ConnectorType[] = ["source", "sink"];

/** A remote store: it knows the versions and which one is active. Environment overrides do not apply, as in the original. */
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

  async versions(connector: ConnectorIdentity): Promise<readonly ReadConnector[]> {
    const { data } = await this.#api.ask(operationOf(connector.type, "list"), { key: connector.key, accept: [404] });
    if (data === undefined) return [];
    if (!Array.isArray(data)) throw unexpected("a list of configurations", data);
    return data.map((one) => this.#read(connector, one));
  }

  async version(connector: ConnectorIdentity, version: number): Promise<ReadConnector | undefined> {
    const { key, type } = connector;
    const { data } = await this.#api.ask(operationOf(type, "get"), { key, version, accept: [404] });
    return data === undefined ? undefined : this.#read(connector, data);
  }

  async active(connector: ConnectorIdentity): Promise<ReadConnector | undefined> {
    const { key, type } = connector;
    const { data } = await this.#api.ask(operationOf(type, "get_active"), { key, accept: [404] });
    return data === undefined ? undefined : this.#read(connector, data);
  }

  async check(connector: ConnectorIdentity, document: Table): Promise<CheckedDocument> {
    return this.#reading(connector, { version: 0, ...document });
  }

  async create(connector: ConnectorIdentity, document: Table): Promise<ReadConnector> {
    const { type, key } = connector;
    const { type: _type, version: _version, ...body } = document;
    const { data } = await this.#api.ask(operationOf(type, "create"), { key, body: { ...body, key } });
    return this.#read(connector, data);
  }

  async activate(connector: ConnectorIdentity, version: number): Promise<void> {
    const { type, key } = connector;
    const { status } = await this.#api.ask(operationOf(type, "set_active"), {
      key,
      body: { version },
      accept: [404],
      ignoreBody: true,
    });
    if (status === 404) throw new VersionNotFoundError(connector, version);
  }

  async remove(connector: ConnectorIdentity, version: number | undefined): Promise<void> {
    const { type, key } = connector;
    const { status } = await this.#api.ask(operationOf(type, "delete"), {
      key,
      accept: [404],
      ignoreBody: true,
      ...(version === undefined ? {} : { version }),
    });
    if (status === 404) throw new VersionNotFoundError(connector, version ?? 0);
  }

  async removeAll(connector: ConnectorIdentity): Promise<void> {
    for (const { version } of await this.versions(connector)) {
      if (version !== undefined) await this.remove(connector, version);
    }
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
      return Object.entries(configs).map(([key, config]) =>
        this.#reading({ type, key }, tableIn(config, `${type} ${key}`), secrets),
      );
    });
    const versions = read.map(({ connector }) => connector);
    const { connectors, broken, disabled, problems } = chooseVersions(versions, { of: () => undefined, problems: [] });
    const errors = [...versions.flatMap((one) => one.errors), ...problems];
    const warnings = read.flatMap((one) => one.warnings);
    return { connectors, broken, disabled, versions, unreadable: [], errors, warnings, secrets };
  }

  #read(connector: ConnectorIdentity, config: unknown): ReadConnector {
    return this.#reading(connector, tableIn(config, `${connector.type} ${connector.key}`)).connector;
  }

  /** The key that names a connector is the one it was asked for, whatever its configuration says. */
  #reading({ type, key }: ConnectorIdentity, config: Table, secrets?: string[]): CheckedDocument {
    const { active: _active, ...written } = config;
    const document = {
      file: `${withoutCredentials(this.#options.settings.base_url)} ${type}s.${key}`,
      value: { ...written, type, key },
      lineOf: () => undefined,
    };
    const secret = (value: string): void => {
      secrets?.push(value);
      this.#options.secret(value);
    };
    return new ConnectorReading(document, type, { ...this.#options, secret }).finish(key);
  }
}

function tableIn(value: unknown, what: string): Table {
  if (!isTable(value)) throw unexpected(`${what} as an object`, value);
  return value;
}

function unexpected(what: string, value: unknown): ProviderError {
  return new ProviderError(
    `expected ${what}, but the configuration API answered ${JSON.stringify(value).slice(0, 200)}`,
    {
      code: "IGC_CONFIG_PROVIDER",
      fix: "check connectors.response.data_path and connectors.url_templates",
    },
  );
}
