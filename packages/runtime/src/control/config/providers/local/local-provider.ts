import type { Table } from "../../../../shared/key-path.ts";
import { readActiveVersions, recordActiveVersion } from "../../connector-files/active-versions.ts";
import {
  type ConnectorFilesOptions,
  type ConnectorSet,
  loadConnectorFiles,
  readSingle,
} from "../../connector-files/load.ts";
import type { ReadConnector } from "../../connector-files/definition.ts";
import type { ConfigDocument } from "../../document/document.ts";
import type { ConfigProblem } from "../../problem.ts";
import {
  type CheckedDocument,
  type ConfigProvider,
  type ConnectorIdentity,
  VersionNotFoundError,
} from "../provider.ts";
import { removeFile, writeVersion } from "./version-files.ts";
import { watchFolder } from "./watch-folder.ts";

export interface LocalProviderOptions extends ConnectorFilesOptions {
  /** Tell of changes in the folder. */
  readonly watch: boolean;
  readonly secret: (value: string) => void;
}

/** A folder of connector files; a file is a version, `.active_versions.toml` holds what was activated. */
export class LocalProvider implements ConfigProvider {
  readonly #options: LocalProviderOptions;
  /** Changes happen one after the other: two that are asked for at once must not get one version number. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(options: LocalProviderOptions) {
    this.#options = options;
  }

  load(): Promise<ConnectorSet> {
    return loadConnectorFiles(this.#options);
  }

  async versions(connector: ConnectorIdentity): Promise<readonly ReadConnector[]> {
    const { versions } = await this.load();
    return versions
      .filter((one) => isOf(one, connector) && one.version !== undefined)
      .sort((a, b) => (a.version ?? 0) - (b.version ?? 0));
  }

  async version(connector: ConnectorIdentity, version: number): Promise<ReadConnector | undefined> {
    return (await this.versions(connector)).find((one) => one.version === version);
  }

  async active(connector: ConnectorIdentity): Promise<ReadConnector | undefined> {
    const { connectors, broken, disabled } = await this.load();
    return [...connectors, ...broken, ...disabled].find((one) => isOf(one, connector));
  }

  async check(connector: ConnectorIdentity, document: Table): Promise<CheckedDocument> {
    const { versions } = await this.load();
    const value = { version: 0, ...document, type: connector.type, key: connector.key };
    return readSingle({ document: nowhere(value), ...connector }, versions, this.#options);
  }

  create(connector: ConnectorIdentity, document: Table): Promise<ReadConnector> {
    return this.#change(async () => {
      const { folder } = this.#options;
      const before = await this.versions(connector);
      const highest = before.at(-1)?.version;
      // A version that is merely stored must not begin to run: what runs now is written down first.
      if (highest !== undefined && (await this.#recorded(connector)) === undefined) {
        await this.#record(connector, highest);
      }
      const { version } = await writeVersion(folder, connector, document, highest === undefined ? 0 : highest + 1);
      return this.#present(connector, version);
    });
  }

  activate(connector: ConnectorIdentity, version: number): Promise<void> {
    return this.#change(async () => {
      await this.#present(connector, version);
      await this.#record(connector, version);
    });
  }

  remove(connector: ConnectorIdentity, version: number | undefined): Promise<void> {
    return this.#change(async () => {
      const recorded = await this.#recorded(connector);
      const wanted = version ?? recorded;
      if (wanted === undefined) throw new VersionNotFoundError(connector, 0);
      const { file } = await this.#present(connector, wanted);
      const others = (await this.versions(connector)).filter((one) => one.version !== wanted);
      // The record first: a record of a version that is gone would stop the connector.
      if (recorded === wanted) await this.#record(connector, others.at(-1)?.version);
      await removeFile(file);
    });
  }

  removeAll(connector: ConnectorIdentity): Promise<void> {
    return this.#change(async () => {
      const { versions } = await this.load();
      for (const { file } of versions.filter((one) => isOf(one, connector))) await removeFile(file);
      if ((await this.#recorded(connector)) !== undefined) await this.#record(connector, undefined);
    });
  }

  watch(onChange: () => void, onProblem: (problem: ConfigProblem) => void): () => void {
    if (!this.#options.watch) return () => {};
    return watchFolder(this.#options.folder, onChange, onProblem);
  }

  async #present(connector: ConnectorIdentity, version: number): Promise<ReadConnector> {
    const found = await this.version(connector, version);
    if (found === undefined) throw new VersionNotFoundError(connector, version);
    return found;
  }

  async #recorded({ type, key }: ConnectorIdentity): Promise<number | undefined> {
    return (await readActiveVersions(this.#options.folder)).of(type, key);
  }

  #record({ type, key }: ConnectorIdentity, version: number | undefined): Promise<void> {
    return recordActiveVersion(this.#options.folder, type, key, version);
  }

  #change<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => {
      // Whoever asked for it is told; the next one is not concerned.
    });
    return result;
  }
}

function isOf(one: ReadConnector, { type, key }: ConnectorIdentity): boolean {
  return one.type === type && one.key === key;
}

/** A document that lies in no file yet. */
function nowhere(value: Table): ConfigDocument {
  return { file: "request", value, lineOf: () => undefined };
}
