import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { KeyPath, Table } from "../../../shared/key-path.ts";
import { isTable } from "../../../shared/key-path.ts";
import { ConfigurationError, causeOf } from "../problem.ts";
import { readModule } from "./module.ts";
import { type ParsedText, SyntaxProblem } from "./parsed-text.ts";

/** A parsed file that knows the lines of its keys. */
export interface ConfigDocument {
  readonly file: string;
  readonly value: Table;
  /** The text that was parsed; absent where there is none, or where it does not determine the value, as in a module. */
  readonly text?: string;
  /** Line of the key at this path, or of the nearest key above it that the file contains; 1 is the first. */
  lineOf(path: KeyPath): number | undefined;
}

/** More than anyone writes by hand; a larger file is not a configuration. */
const MAX_FILE_SIZE = 4 * 1024 * 1024;

/** A configuration that is a module: `export default`. */
function isModule(file: string): boolean {
  return /\.[jt]s$/.test(file);
}

export const DOCUMENT_ENDINGS = [".toml", ".yaml", ".yml", ".json"] as const;

/**
 * Reads a file by its ending. Where the file still has the text of `previous`, the result is `previous` itself. Throws
 * `ConfigurationError` (`IGC_CONFIG_UNREADABLE`, `IGC_CONFIG_SYNTAX`).
 */
export async function readDocument(file: string, previous?: ConfigDocument): Promise<ConfigDocument> {
  if (isModule(file)) return toDocument(file, async () => ({ value: await readModule(file), lineAt: () => undefined }));
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const fix = "check the path and the permissions";
    throw problem(file, undefined, "IGC_CONFIG_UNREADABLE", `cannot be read: ${causeOf(error)}`, fix);
  }
  return previous !== undefined && previous.text === text ? previous : parseDocument(text, file);
}

/** Parses text by the ending of `file`. Throws `ConfigurationError` (`IGC_CONFIG_SYNTAX`). */
export async function parseDocument(text: string, file: string): Promise<ConfigDocument> {
  if (text.length > MAX_FILE_SIZE) {
    const message = `is larger than ${MAX_FILE_SIZE} bytes`;
    throw problem(file, undefined, "IGC_CONFIG_SYNTAX", message, "name a configuration file");
  }
  const document = await toDocument(file, async () => (await parserOf(extname(file).toLowerCase()))(text));
  return { ...document, text };
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
    throw problem(
      file,
      1,
      "IGC_CONFIG_SYNTAX",
      "must contain a table of keys at its top level",
      "write key = value pairs",
    );
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

/** Parsers are loaded when the first file of their format is read, to save time at the start. */
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
