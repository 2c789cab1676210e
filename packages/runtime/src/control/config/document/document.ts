import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { KeyPath, Table } from "../../../shared/key-path.ts";
import { isTable } from "../../../shared/key-path.ts";
import { ConfigurationError, causeOf } from "../problem.ts";
import { readModule } from "./module.ts";
import { type ParsedText, SyntaxProblem } from "./parsed-text.ts";

/** A parsed file that still knows where its keys stand. */
export interface ConfigDocument {
  readonly file: string;
  readonly value: Table;
  /** Line of the key at this path, or of the nearest one above it that is written down; 1 is the first. */
  lineOf(path: KeyPath): number | undefined;
}

/** More than anyone writes by hand; what is larger is no configuration. */
const MAX_FILE_SIZE = 4 * 1024 * 1024;

/** A configuration that is a module: `export default`. */
function isModule(file: string): boolean {
  return /\.[jt]s$/.test(file);
}

export const DOCUMENT_ENDINGS = [".toml", ".yaml", ".yml", ".json"] as const;

/** Reads a file by its ending. Throws `ConfigurationError` (`IGC_CONFIG_UNREADABLE`, `IGC_CONFIG_SYNTAX`). */
export async function readDocument(file: string): Promise<ConfigDocument> {
  if (isModule(file)) return toDocument(file, async () => ({ value: await readModule(file), lineAt: () => undefined }));
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw problem(
      file,
      undefined,
      "IGC_CONFIG_UNREADABLE",
      `cannot be read: ${causeOf(error)}`,
      "check path and rights",
    );
  }
  return parseDocument(text, file);
}

/** Parses text by the ending of `file`. Throws `ConfigurationError` (`IGC_CONFIG_SYNTAX`). */
export async function parseDocument(text: string, file: string): Promise<ConfigDocument> {
  if (text.length > MAX_FILE_SIZE) {
    throw problem(file, undefined, "IGC_CONFIG_SYNTAX", `is larger than ${MAX_FILE_SIZE} bytes`, "name the right file");
  }
  return toDocument(file, async () => (await parserOf(extname(file).toLowerCase()))(text));
}

async function toDocument(file: string, parse: () => Promise<ParsedText>): Promise<ConfigDocument> {
  let parsed: ParsedText;
  try {
    parsed = await parse();
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    const kind = isModule(file) ? "a configuration" : `valid ${extname(file).slice(1).toUpperCase()}`;
    throw problem(file, error.line, "IGC_CONFIG_SYNTAX", `is not ${kind}: ${error.message}`, "correct the syntax");
  }
  const { value, lineAt } = parsed;
  if (!isTable(value)) {
    throw problem(file, 1, "IGC_CONFIG_SYNTAX", "holds no table of keys at its top level", "write key = value pairs");
  }
  return {
    file,
    value,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const line = lineAt(path.slice(0, length));
        if (line !== undefined) return line;
      }
      return undefined;
    },
  };
}

/** Readers are loaded when a file of their format is met: start-up time counts. */
async function parserOf(format: string): Promise<(text: string) => ParsedText> {
  switch (format) {
    case ".toml":
      return (await import("./toml.ts")).parseToml;
    case ".yaml":
    case ".yml":
      return (await import("./yaml.ts")).parseYaml;
    case ".json":
      return (await import("./yaml.ts")).parseJson;
    default:
      throw new SyntaxProblem(`the ending must be one of ${DOCUMENT_ENDINGS.join(", ")}, .ts, .js`, undefined);
  }
}

function problem(
  file: string,
  line: number | undefined,
  code: string,
  message: string,
  fix: string,
): ConfigurationError {
  return new ConfigurationError([{ severity: "error", code, file, line, message, fix }]);
}
