import type { Table } from "../../../shared/key-path.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { ConnectorSet } from "../connector-files/load.ts";
import type { ReadConnector } from "../connector-files/definition.ts";
import type { ConfigProblem } from "../problem.ts";

/** Which connector; unique within a runtime. */
export interface ConnectorIdentity {
  readonly type: ConnectorType;
  readonly key: string;
}

/** One document, read as it would be if it were stored. */
export interface CheckedDocument {
  readonly connector: ReadConnector;
  readonly warnings: readonly ConfigProblem[];
}

/** Where connector configurations come from and where their versions are kept. */
export interface ConfigProvider {
  /**
   * What should run. Throws where nothing can be said about it (`ConfigurationError`, `ProviderError`); whoever asks again
   * keeps what he had.
   */
  load(): Promise<ConnectorSet>;
  /** All versions of a connector, lowest first; empty: it is unknown. */
  versions(connector: ConnectorIdentity): Promise<readonly ReadConnector[]>;
  version(connector: ConnectorIdentity, version: number): Promise<ReadConnector | undefined>;
  /** The version that should run. */
  active(connector: ConnectorIdentity): Promise<ReadConnector | undefined>;
  /** Reads a document without storing it. */
  check(connector: ConnectorIdentity, document: Table): Promise<CheckedDocument>;
  /** Stores a document as a new version, one above the highest; it is not active by that unless it is the highest and none is. */
  create(connector: ConnectorIdentity, document: Table): Promise<ReadConnector>;
  /** Throws `VersionNotFoundError`. */
  activate(connector: ConnectorIdentity, version: number): Promise<void>;
  /** Removes a version, without one the activated one. Throws `VersionNotFoundError`. */
  remove(connector: ConnectorIdentity, version: number | undefined): Promise<void>;
  /** Removes all versions and the activation. */
  removeAll(connector: ConnectorIdentity): Promise<void>;
  /** Tells, from now on, when what should run may have changed; the result ends it. */
  watch(onChange: () => void, onProblem: (problem: ConfigProblem) => void): () => void;
}

/** The original's words for it. */
export class VersionNotFoundError extends Error {
  override readonly name = "VersionNotFoundError";
  readonly connector: ConnectorIdentity;

  constructor(connector: ConnectorIdentity, version: number) {
    const label = connector.type === "sink" ? "Sink" : "Source";
    super(`${label} config with key: ${connector.key}, version: ${version} not found.`);
    this.connector = connector;
  }
}

/** The store of configurations did not do what was asked. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly code: string;
  readonly fix: string | undefined;

  constructor(message: string, details: { readonly code: string; readonly fix?: string; readonly cause?: unknown }) {
    super(message, { cause: details.cause });
    this.code = details.code;
    this.fix = details.fix;
  }
}
