import type { KeyPath, Table } from "../../../shared/key-path.ts";
import { setAt } from "../../../shared/key-path.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { ConfigProblem } from "../problem.ts";
import type { ConnectorFile } from "./schema.ts";

/** One version of a connector's configuration: what it configures, or why it cannot be used. */
export interface ConnectorDefinition {
  readonly type: ConnectorType;
  readonly key: string;
  /** The file, or the address of the remote store. */
  readonly file: string;
  /** As written, for the API; also where the definition has errors. */
  readonly name: string;
  readonly path: string;
  readonly enabled: boolean;
  /** `undefined`: it cannot be read. */
  readonly version: number | undefined;
  /** `undefined` when there are errors. */
  readonly config: ConnectorFile | undefined;
  /** Paths below `plugin_config` whose text came from the environment; the plugin's schema decides about its type. */
  readonly pluginTexts: readonly KeyPath[];
  readonly errors: readonly ConfigProblem[];
  readonly document: ConnectorDocument;
}

/** The content of the file, to be shown or written again, with placeholders not replaced. */
export interface ConnectorDocument {
  readonly written: Table;
  /** What the environment overrides; the value of a secret is `undefined`. */
  readonly overrides: readonly { readonly path: KeyPath; readonly value: unknown }[];
}

/** A definition that can run. */
export interface ValidDefinition extends ConnectorDefinition {
  readonly config: ConnectorFile;
  readonly version: number;
}

export function isValid(connector: ConnectorDefinition): connector is ValidDefinition {
  return connector.config !== undefined && connector.version !== undefined && connector.errors.length === 0;
}

/** The document with the overrides of the environment; a secret among them is shown as `mask`. */
export function withOverrides({ written, overrides }: ConnectorDocument, mask: string): Table {
  const table = structuredClone(written);
  for (const { path, value } of overrides) setAt(table, path, value === undefined ? mask : value);
  return table;
}
