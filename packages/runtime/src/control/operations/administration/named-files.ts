import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { isWithin } from "../../../shared/is-within.ts";
import { formatKey, getAt, isTable, type KeyPath, type Table } from "../../../shared/key-path.ts";
import { memberOf, type SchemaNode } from "../../../shared/schema-tree/schema-tree.ts";
import type { ConnectorDocument } from "../../config/connector-files/definition.ts";
import type { ConfigProblem } from "../../config/problem.ts";

export interface NamedFilesContext {
  /** `connectors.allowed_files`. */
  readonly allowedFiles: readonly string[];
  readonly workingDirectory: string;
  readonly configDirectory: string;
  /** The active version of the same connector with the same plugin. What it names already may be named again. */
  readonly active: ConnectorDocument | undefined;
}

/**
 * Problems with files and folders that a document names, in keys that `tree` marks with `file: true`: what is sent over the API
 * may read and write only what `connectors.allowed_files` lists.
 */
export function foreignFiles(document: Table, tree: SchemaNode, context: NamedFilesContext): ConfigProblem[] {
  const { allowedFiles, workingDirectory, active } = context;
  const allowed = allowedFiles.map((one) => resolve(workingDirectory, one));
  return namedFiles(document, tree, [])
    .filter(({ path, name }) => getAt(active?.written, path) !== name)
    .map(({ path, name }) => ({ path, name, file: fileOf(path, name, context) }))
    .filter(({ file }) => file !== undefined && !allowed.some((folder) => isWithin(folder, file)))
    .map(({ path, name }) => ({
      severity: "error",
      code: "IGC_CONFIG_FILE_NOT_ALLOWED",
      key: formatKey(path),
      message: `${JSON.stringify(name)} is not in connectors.allowed_files`,
      fix: "add it, or a folder above it, to connectors.allowed_files, or write the connector's file by hand",
    }));
}

interface NamedFile {
  readonly path: KeyPath;
  readonly name: string;
}

function namedFiles(value: unknown, node: SchemaNode | undefined, path: KeyPath): NamedFile[] {
  if (node === undefined) return [];
  const marked = node.file === true;
  if (typeof value === "string") return marked ? [{ path, name: value }] : [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => namedFiles(item, marked ? node : memberOf(node, index), [...path, index]));
  }
  if (!isTable(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => namedFiles(member, memberOf(node, key), [...path, key]));
}

/** The file that a name leads to; `undefined`: it is content, such as a descriptor set in base64. */
function fileOf(
  path: KeyPath,
  name: string,
  { workingDirectory, configDirectory }: NamedFilesContext,
): string | undefined {
  // Paths in the settings of a plugin are relative to the working directory only.
  const folders = path[0] === "plugin_config" ? [workingDirectory] : [configDirectory, workingDirectory];
  const candidates = folders.map((folder) => resolve(folder, name));
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined && String(path.at(-1)).endsWith("descriptor_set")) return undefined;
  // A placeholder such as {topic} stands for a name, which is encoded: it leads nowhere else.
  return found ?? candidates[0];
}
