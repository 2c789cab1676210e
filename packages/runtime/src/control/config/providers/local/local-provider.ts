import { SerialQueue } from "../../../serial-queue.ts";
import type { ConnectorIdentity } from "../../connector-identity.ts";
import { ConnectorFolder, type ConnectorFolderOptions } from "../../connector-set/connector-folder.ts";
import type { ConnectorSet } from "../../connector-set/connector-set.ts";
import type { ConfigProblem } from "../../problem.ts";
import type { ConfigProvider, ConnectorVersions } from "../provider.ts";
import { LocalVersions } from "./local-versions.ts";
import { watchFolder } from "./watch-folder.ts";
import { watchValueFiles } from "./watch-value-files.ts";

export interface LocalProviderOptions extends ConnectorFolderOptions {
  /** Watch the folder, and the files that hold values of its documents, for changes. */
  readonly watch: boolean;
}

/** A folder of connector files: each file is a version, `.active_versions.toml` records which ones were activated. */
export class LocalProvider implements ConfigProvider {
  readonly #options: LocalProviderOptions;
  readonly #folder: ConnectorFolder;
  /** Readings and changes of the folder happen one after the other: no two changes get the same version number. */
  readonly #accesses = new SerialQueue();

  constructor(options: LocalProviderOptions) {
    this.#options = options;
    this.#folder = new ConnectorFolder(options);
  }

  load(): Promise<ConnectorSet> {
    return this.#accesses.run(() => this.#folder.load());
  }

  current(): Promise<ConnectorSet> {
    return this.#accesses.run(async () => this.#folder.set ?? this.#folder.load());
  }

  async open(connector: ConnectorIdentity): Promise<ConnectorVersions> {
    await this.load();
    return new LocalVersions(connector, this.#options.folder, this.#folder, this.#accesses);
  }

  watch(onChange: () => void, onProblem: (problem: ConfigProblem) => void): () => void {
    if (!this.#options.watch) return () => {};
    const ends = [
      watchFolder(this.#options.folder, onChange, onProblem),
      watchValueFiles(() => this.#folder.valueFiles(), onChange),
    ];
    return () => {
      for (const end of ends) end();
    };
  }
}
