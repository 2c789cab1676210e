import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { DESCRIPTORS_FIX, isOutOfDescriptors } from "@iggy-connectors/sdk";
import { type ConfigDocument, DOCUMENT_ENDINGS, readDocument } from "../document/document.ts";
import { type ConfigProblem, ConfigurationError, causeOf } from "../problem.ts";

/** One file that may be a connector file: its content, or why it cannot be read. */
export type ScannedFile = { readonly document: ConfigDocument } | { readonly problems: readonly ConfigProblem[] };

/** By path. */
export type ScannedFiles = ReadonlyMap<string, ScannedFile>;

/**
 * The files of a folder that may be connector files: `*.toml`, `*.yaml`, `*.yml`, `*.json`, `*.connector.ts` and
 * `*.connector.js`. Hidden files, `Cargo.toml`, the runtime's own file and sub-folders are left out; plugins may be in the
 * same folder. Files that have not changed since `previous` are not parsed again. Throws `ConfigurationError` where the folder
 * cannot be read, also where it does not exist, which the original creates: a misspelt folder must not look like an empty one.
 */
export async function scanFolder(
  folder: string,
  runtimeFile?: string,
  previous: ScannedFiles = new Map(),
): Promise<ScannedFiles> {
  let names: string[];
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    throw new ConfigurationError([
      {
        severity: "error",
        code: "IGC_CONFIG_UNREADABLE",
        file: folder,
        message: `the folder of connector files cannot be read: ${causeOf(error)}`,
        fix: isOutOfDescriptors(error)
          ? DESCRIPTORS_FIX
          : "correct connectors.config_dir, which is relative to the runtime's file or to the working directory, or create it",
      },
    ]);
  }
  const files = names
    .filter((name) => isCandidate(name) || isTyped(name))
    .map((name) => join(folder, name))
    .filter((file) => file !== runtimeFile);
  return new Map(
    await Promise.all(files.map(async (file) => [file, await scanFile(file, previous.get(file))] as const)),
  );
}

/** Reads one file of the folder. Throws nothing. */
export async function scanFile(file: string, previous?: ScannedFile): Promise<ScannedFile> {
  try {
    const known = previous !== undefined && "document" in previous ? previous.document : undefined;
    return { document: await readDocument(file, known) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { problems: error.problems };
  }
}

/** Whether a document configures a connector: a TOML file or a typed file always does, others do if they have `type` and `key`. */
export function isConnectorDocument({ file, value }: ConfigDocument): boolean {
  return isTyped(file) || extname(file) === ".toml" || ("type" in value && "key" in value);
}

function isCandidate(name: string): boolean {
  if (name.startsWith(".") || name.toLowerCase() === "cargo.toml") return false;
  // Case matters: the original reads `.toml` in lower case only.
  return (DOCUMENT_ENDINGS as readonly string[]).includes(extname(name)) && !isToolFile(name);
}

/** Files of other tools that are found beside plugins and are never connector files. */
function isToolFile(name: string): boolean {
  return ["package.json", "package-lock.json", "tsconfig.json"].includes(name);
}

function isTyped(name: string): boolean {
  return !name.startsWith(".") && /\.connector\.(ts|js)$/.test(name);
}
