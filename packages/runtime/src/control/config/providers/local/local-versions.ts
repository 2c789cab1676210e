import type { Table } from "../../../../shared/key-path.ts";
import type { SerialQueue } from "../../../serial-queue.ts";
import type { ConnectorDefinition } from "../../connector-files/definition.ts";
import type { DefinitionReading } from "../../connector-files/definition-reader.ts";
import { type ConnectorIdentity, identityKey } from "../../connector-identity.ts";
import type { ConnectorFolder } from "../../connector-set/connector-folder.ts";
import { type ConnectorVersions, ProviderError, VersionNotFoundError } from "../provider.ts";
import { removeFile, writeVersion } from "./version-files.ts";

/** Other processes may store versions in the same folder at the same time, but never this often in a row. */
const MAX_CONFLICTS = 100;

/** The versions of one connector in a folder that was read before. */
export class LocalVersions implements ConnectorVersions {
  readonly #connector: ConnectorIdentity;
  readonly #path: string;
  readonly #folder: ConnectorFolder;
  readonly #accesses: SerialQueue;

  constructor(connector: ConnectorIdentity, path: string, folder: ConnectorFolder, accesses: SerialQueue) {
    this.#connector = connector;
    this.#path = path;
    this.#folder = folder;
    this.#accesses = accesses;
  }

  async list(): Promise<readonly ConnectorDefinition[]> {
    return this.#versions();
  }

  async get(version: number): Promise<ConnectorDefinition | undefined> {
    return this.#find(version);
  }

  async active(): Promise<ConnectorDefinition | undefined> {
    const { connectors = [], broken = [], disabled = [] } = this.#folder.set ?? {};
    return this.#own([...connectors, ...broken, ...disabled])[0];
  }

  async check(document: Table): Promise<DefinitionReading> {
    const { type, key } = this.#connector;
    return this.#folder.check(this.#connector, { version: 0, ...document, type, key });
  }

  create(document: Table): Promise<ConnectorDefinition> {
    return this.#accesses.run(async () => {
      let lowest = 0;
      for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
        const highest = this.#versions().at(-1)?.version;
        // A version that is only stored must not start to run: the version that runs now is recorded first.
        if (highest !== undefined && this.#folder.activeVersion(this.#connector) === undefined) {
          await this.#folder.recordActiveVersion(this.#connector, highest);
        }
        const version = Math.max(lowest, highest === undefined ? 0 : highest + 1);
        const file = await writeVersion(this.#path, this.#connector, document, version);
        if (file !== undefined) {
          await this.#folder.fileWritten(file);
          return this.#existing(version);
        }
        // The file exists: another process has stored this version meanwhile, or it holds something else.
        lowest = version + 1;
        await this.#folder.load();
      }
      const { type, key } = this.#connector;
      throw new ProviderError(`no free version number was found for ${type} ${key}`, { code: "IGC_CONFIG_WRITE" });
    });
  }

  activate(version: number): Promise<void> {
    return this.#accesses.run(async () => {
      this.#existing(version);
      await this.#folder.recordActiveVersion(this.#connector, version);
    });
  }

  remove(version: number | undefined): Promise<void> {
    return this.#accesses.run(async () => {
      const activated = this.#folder.activeVersion(this.#connector);
      const removed = version ?? activated;
      if (removed === undefined) throw new VersionNotFoundError(this.#connector, 0);
      const { file } = this.#existing(removed);
      const others = this.#versions().filter((one) => one.version !== removed);
      // The record first: a record of a version that does not exist would stop the connector.
      if (activated === removed) await this.#folder.recordActiveVersion(this.#connector, others.at(-1)?.version);
      await this.#remove(file);
    });
  }

  removeAll(): Promise<void> {
    return this.#accesses.run(async () => {
      for (const { file } of this.#own(this.#folder.set?.versions ?? [])) await this.#remove(file);
      if (this.#folder.activeVersion(this.#connector) === undefined) return;
      await this.#folder.recordActiveVersion(this.#connector, undefined);
    });
  }

  async #remove(file: string): Promise<void> {
    await removeFile(file);
    this.#folder.fileRemoved(file);
  }

  /** Those with a version number, lowest first. */
  #versions(): readonly ConnectorDefinition[] {
    return this.#own(this.#folder.set?.versions ?? [])
      .filter(({ version }) => version !== undefined)
      .sort((a, b) => (a.version ?? 0) - (b.version ?? 0));
  }

  #find(version: number): ConnectorDefinition | undefined {
    return this.#versions().find((one) => one.version === version);
  }

  #existing(version: number): ConnectorDefinition {
    const found = this.#find(version);
    if (found === undefined) throw new VersionNotFoundError(this.#connector, version);
    return found;
  }

  #own(definitions: readonly ConnectorDefinition[]): ConnectorDefinition[] {
    const own = identityKey(this.#connector);
    return definitions.filter((one) => identityKey(one) === own);
  }
}
