import type { Table } from "../../../shared/key-path.ts";
import type { DefinitionReading, ReaderOptions } from "../connector-files/definition-reader.ts";
import type { ConnectorIdentity } from "../connector-identity.ts";
import type { ConfigDocument } from "../document/document.ts";
import type { ConfigProblem } from "../problem.ts";
import { type ActiveVersions, NO_ACTIVE_VERSIONS, readActiveVersions, recordActiveVersion } from "./active-versions.ts";
import { type ConnectorSet, readCandidate, toConnectorSet } from "./connector-set.ts";
import { DefinitionCache } from "./definition-cache.ts";
import { type ScannedFile, scanFile, scanFolder } from "./scan.ts";

export interface ConnectorFolderOptions extends ReaderOptions {
  readonly folder: string;
  /** The runtime's own file, which is not a connector file wherever it is. */
  readonly runtimeFile?: string | undefined;
}

/**
 * A folder of connector files as it was last read, with the changes that were made through this object since.
 * `load` reads all files, but parses and validates only those that have changed. One call at a time.
 */
export class ConnectorFolder {
  readonly #options: ConnectorFolderOptions;
  readonly #definitions: DefinitionCache;
  #files: Map<string, ScannedFile> = new Map();
  #active: ActiveVersions = NO_ACTIVE_VERSIONS;
  #set: ConnectorSet | undefined;

  constructor(options: ConnectorFolderOptions) {
    this.#options = options;
    this.#definitions = new DefinitionCache(options);
  }

  /** Reads the folder. Throws `ConfigurationError` where it cannot be read; what was known before stays. */
  async load(): Promise<ConnectorSet> {
    const { folder, runtimeFile } = this.#options;
    const [files, active] = await Promise.all([
      scanFolder(folder, runtimeFile, this.#files),
      readActiveVersions(folder),
    ]);
    this.#files = new Map(files);
    this.#active = active;
    this.#definitions.expire(this.#documents());
    return this.#update();
  }

  /** Files beside the folder's that hold values of its documents, such as passwords. */
  valueFiles(): Set<string> {
    return new Set(this.#documents().flatMap((document) => [...this.#definitions.valueFilesOf(document)]));
  }

  /** What is known; `undefined` before the first `load`. */
  get set(): ConnectorSet | undefined {
    return this.#set;
  }

  /** Reads one file that was written. */
  async fileWritten(file: string): Promise<void> {
    this.#files.set(file, await scanFile(file, this.#files.get(file)));
    this.#update();
  }

  /** Forgets a file that was removed. */
  fileRemoved(file: string): void {
    this.#files.delete(file);
    this.#update();
  }

  /** The version that was activated; `undefined`: none. */
  activeVersion(connector: ConnectorIdentity): number | undefined {
    return this.#active.of(connector);
  }

  /** Records the active version of a connector; `undefined` removes the record. Throws `ConfigurationError`. */
  async recordActiveVersion(connector: ConnectorIdentity, version: number | undefined): Promise<void> {
    const { folder } = this.#options;
    await recordActiveVersion(folder, connector, version);
    this.#active = await readActiveVersions(folder);
    this.#update();
  }

  /** Reads a document as it would be read from a file of this folder. */
  check({ type, key }: ConnectorIdentity, value: Table): DefinitionReading {
    const document = { file: "request", value, lineOf: () => undefined };
    const others = this.#set?.versions ?? [];
    return readCandidate({ document, type, key }, others, this.#options.environment, this.#definitions);
  }

  #documents(): ConfigDocument[] {
    return [...this.#files.values()].flatMap((file) => ("document" in file ? file.document : []));
  }

  #update(): ConnectorSet {
    const set = toConnectorSet(this.#files, this.#active, this.#options.environment, this.#definitions);
    const empty = set.versions.length === 0 && set.unreadable.length === 0;
    this.#set = empty ? { ...set, warnings: [...set.warnings, noConnectors(this.#options.folder)] } : set;
    return this.#set;
  }
}

/** An empty folder is more often the wrong one than meant. */
function noConnectors(folder: string): ConfigProblem {
  return {
    severity: "warning",
    code: "IGC_CONFIG_NO_CONNECTORS",
    file: folder,
    message: "the folder has no connector files: nothing runs",
    fix: "add connector files, or correct connectors.config_dir",
  };
}
