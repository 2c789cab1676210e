import { mkdir, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { type ConfigDocument, DOCUMENT_ENDINGS, readDocument } from "../document/document.ts";
import { type ConfigProblem, ConfigurationError, causeOf } from "../problem.ts";

export interface ScanResult {
  readonly documents: readonly ConfigDocument[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * The connector files of a folder, in order of their names: `*.toml`, `*.connector.ts`, `*.connector.js`, and `*.yaml`,
 * `*.yml`, `*.json` that have `type` and `key` at top level. Hidden files, `Cargo.toml` and sub-folders are left out; plugins may lie beside them. A folder
 * that does not exist is made, as the original does. The runtime's own file may lie there, too.
 */
export async function scanFolder(folder: string, runtimeFile?: string): Promise<ScanResult> {
  let names: string[];
  try {
    await mkdir(folder, { recursive: true });
    const entries = await readdir(folder, { withFileTypes: true });
    names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    throw new ConfigurationError([
      {
        severity: "error",
        code: "IGC_CONFIG_UNREADABLE",
        file: folder,
        message: `the folder of connector files cannot be read: ${causeOf(error)}`,
        fix: "correct connectors.config_dir",
      },
    ]);
  }
  const problems: ConfigProblem[] = [];
  const candidates = names
    .filter((name) => (isCandidate(name) || isTyped(name)) && join(folder, name) !== runtimeFile)
    .sort();
  const read = candidates.map(async (name): Promise<ConfigDocument | undefined> => {
    const file = join(folder, name);
    try {
      const document = await readDocument(file);
      const isConnector = "type" in document.value && "key" in document.value;
      return isTyped(name) || extname(name) === ".toml" || isConnector ? document : undefined;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  });
  const documents = (await Promise.all(read)).filter((document) => document !== undefined);
  return { documents, problems };
}

function isCandidate(name: string): boolean {
  if (name.startsWith(".") || name.toLowerCase() === "cargo.toml") return false;
  // Endings are compared as they are: the original reads `.toml` in lower case only.
  return (DOCUMENT_ENDINGS as readonly string[]).includes(extname(name)) && !isBystander(name);
}

/** Files that other tools put beside plugins and that are never connector files. */
function isBystander(name: string): boolean {
  return ["package.json", "package-lock.json", "tsconfig.json"].includes(name);
}

function isTyped(name: string): boolean {
  return !name.startsWith(".") && /\.connector\.(ts|js)$/.test(name);
}
