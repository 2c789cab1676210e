import type { Table } from "../../../shared/key-path.ts";
import type { ConnectorDefinition } from "../connector-files/definition.ts";
import type { DefinitionReading } from "../connector-files/definition-reader.ts";
import type { ConnectorIdentity } from "../connector-identity.ts";
import type { ConnectorSet } from "../connector-set/connector-set.ts";
import { type ConfigProblem, ConfigurationError } from "../problem.ts";

/** Where connector configurations come from and where their versions are kept. */
export interface ConfigProvider {
  /**
   * Reads what should run. Throws where that is not possible (`ConfigurationError`, `ProviderError`); what was read before
   * stays valid.
   */
  load(): Promise<ConnectorSet>;
  /** What should run, by what was read last and the changes since. Throws as `load` does where nothing was read yet. */
  current(): Promise<ConnectorSet>;
  /**
   * The versions of one connector, for one operation: the configuration is read here, once, and the operation works on
   * what was read. Throws as `load` does.
   */
  open(connector: ConnectorIdentity): Promise<ConnectorVersions>;
  /** Calls `onChange` whenever what should run may have changed. Returns what ends the watch. */
  watch(onChange: () => void, onProblem: (problem: ConfigProblem) => void): () => void;
}

/** The versions of one connector as one operation sees and changes them; its own changes are visible at once. */
export interface ConnectorVersions {
  /** All versions, lowest first; empty: the connector is unknown. */
  list(): Promise<readonly ConnectorDefinition[]>;
  get(version: number): Promise<ConnectorDefinition | undefined>;
  /** The version that should run. */
  active(): Promise<ConnectorDefinition | undefined>;
  /** Reads a document without storing it. */
  check(document: Table): Promise<DefinitionReading>;
  /** Stores a document as a new version, one above the highest. Only the first version of a connector is active by that. */
  create(document: Table): Promise<ConnectorDefinition>;
  /** Throws `VersionNotFoundError`. */
  activate(version: number): Promise<void>;
  /** Removes a version, or the activated one where none is given. Throws `VersionNotFoundError`. */
  remove(version: number | undefined): Promise<void>;
  /** Removes all versions and the activation. */
  removeAll(): Promise<void>;
}

/** No such version; the message is the original's. */
export class VersionNotFoundError extends Error {
  override readonly name = "VersionNotFoundError";
  readonly connector: ConnectorIdentity;

  constructor(connector: ConnectorIdentity, version: number) {
    const label = connector.type === "sink" ? "Sink" : "Source";
    super(`${label} config with key: ${connector.key}, version: ${version} not found.`);
    this.connector = connector;
  }
}

/** The store of the configurations failed. */
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

/** The findings in an error that a provider throws; `undefined`: it is another error. */
export function problemsOf(error: unknown): readonly ConfigProblem[] | undefined {
  if (error instanceof ConfigurationError) return error.problems;
  if (!(error instanceof ProviderError)) return undefined;
  const { code, message, fix } = error;
  return [{ severity: "error", code, message, fix }];
}
