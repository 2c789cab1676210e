import type { Table } from "../../../../shared/key-path.ts";
import type { ConnectorDefinition } from "../../connector-files/definition.ts";
import type { DefinitionReading } from "../../connector-files/definition-reader.ts";
import type { ConnectorIdentity } from "../../connector-identity.ts";
import { type ConnectorVersions, VersionNotFoundError } from "../provider.ts";
import { type ConfigApi, unexpectedAnswer } from "./config-api.ts";
import { operationOf } from "./url-templates.ts";

/** The versions of one connector in a remote store. Each answer is kept until this operation changes something. */
export class HttpVersions implements ConnectorVersions {
  readonly #connector: ConnectorIdentity;
  readonly #api: ConfigApi;
  readonly #read: (config: unknown) => DefinitionReading;
  #list: Promise<readonly ConnectorDefinition[]> | undefined;
  #active: Promise<ConnectorDefinition | undefined> | undefined;

  constructor(connector: ConnectorIdentity, api: ConfigApi, read: (config: unknown) => DefinitionReading) {
    this.#connector = connector;
    this.#api = api;
    this.#read = read;
  }

  list(): Promise<readonly ConnectorDefinition[]> {
    this.#list ??= this.#askForList();
    return this.#list;
  }

  async get(version: number): Promise<ConnectorDefinition | undefined> {
    const { key, type } = this.#connector;
    const { data } = await this.#api.ask(operationOf(type, "get"), { key, version, accept: [404] });
    return data === undefined ? undefined : this.#read(data).connector;
  }

  active(): Promise<ConnectorDefinition | undefined> {
    this.#active ??= this.#askForActive();
    return this.#active;
  }

  async check(document: Table): Promise<DefinitionReading> {
    return this.#read({ version: 0, ...document });
  }

  async create(document: Table): Promise<ConnectorDefinition> {
    this.#forget();
    const { type, key } = this.#connector;
    const { type: _type, version: _version, ...body } = document;
    const { data } = await this.#api.ask(operationOf(type, "create"), { key, body: { ...body, key } });
    return this.#read(data).connector;
  }

  async activate(version: number): Promise<void> {
    this.#forget();
    const { type, key } = this.#connector;
    const { status } = await this.#api.ask(operationOf(type, "set_active"), {
      key,
      body: { version },
      accept: [404],
      ignoreBody: true,
    });
    if (status === 404) throw new VersionNotFoundError(this.#connector, version);
  }

  async remove(version: number | undefined): Promise<void> {
    this.#forget();
    const { type, key } = this.#connector;
    const { status } = await this.#api.ask(operationOf(type, "delete"), {
      key,
      accept: [404],
      ignoreBody: true,
      ...(version === undefined ? {} : { version }),
    });
    if (status === 404) throw new VersionNotFoundError(this.#connector, version ?? 0);
  }

  async removeAll(): Promise<void> {
    for (const { version } of await this.list()) {
      if (version !== undefined) await this.remove(version);
    }
  }

  async #askForList(): Promise<readonly ConnectorDefinition[]> {
    const { type, key } = this.#connector;
    const { data } = await this.#api.ask(operationOf(type, "list"), { key, accept: [404] });
    if (data === undefined) return [];
    if (!Array.isArray(data)) throw unexpectedAnswer("a list of configurations", data);
    return data.map((config) => this.#read(config).connector);
  }

  async #askForActive(): Promise<ConnectorDefinition | undefined> {
    const { type, key } = this.#connector;
    const { data } = await this.#api.ask(operationOf(type, "get_active"), { key, accept: [404] });
    return data === undefined ? undefined : this.#read(data).connector;
  }

  #forget(): void {
    this.#list = undefined;
    this.#active = undefined;
  }
}
