import { extname } from "node:path";
import { DESCRIPTORS_FIX, isOutOfDescriptors } from "@iggy-connectors/sdk";
import type { KeyPath, Table } from "../../../shared/key-path.ts";
import { isTable } from "../../../shared/key-path.ts";
import { MAX_DEPTH, plainValue } from "../../../shared/plain-value.ts";
import { readBoundedFile } from "../../../shared/read-bounded-file.ts";
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
    text = readBoundedFile(file, MAX_FILE_SIZE);
  } catch (error) {
    const fix = isOutOfDescriptors(error) ? DESCRIPTORS_FIX : "check the path and the permissions";
    throw problem(file, undefined, "IGC_CONFIG_UNREADABLE", `cannot be read: ${causeOf(error)}`, fix);
  }
  return previous !== undefined && previous.text === text ? previous : parseDocument(text, file);
}

/** Parses text by the ending of `file`. Throws `ConfigurationError` (`IGC_CONFIG_SYNTAX`). */
export async function parseDocument(content: string, file: string): Promise<ConfigDocument> {
  const text = content.replace(/^\ufeff/, "");
  const document = await toDocument(file, async () => (await parserOf(extname(file).toLowerCase()))(text));
  return { ...document, text };
}

async function toDocument(file: string, parse: () => Promise<ParsedText>): Promise<ConfigDocument> {
  let parsed: ParsedText;
  let value: unknown;
  try {
    parsed = await parse();
    value = plainValue(parsed.value);
  } catch (error) {
    const kind = isModule(file) ? "a configuration" : `valid ${extname(file).slice(1).toUpperCase()}`;
    const { line, reason, fix } = refusalOf(error);
    throw problem(file, line, "IGC_CONFIG_SYNTAX", `is not ${kind}: ${reason}`, fix);
  }
  const { lineAt } = parsed;
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

/** What is wrong with a text that was refused, also where the parser failed at it in another way: one file is never more than one error. */
function refusalOf(error: unknown): {
  readonly line: number | undefined;
  readonly reason: string;
  readonly fix: string;
} {
  const reason = error instanceof Error ? error.message : String(error);
  // Parsers that are recursive, here and in the worker of a module, run out of stack.
  const deep = error instanceof RangeError || /call stack/.test(reason);
  if (error instanceof SyntaxProblem && !deep) return { line: error.line, reason, fix: "correct the syntax" };
  const fix = "write fewer levels and values, without values that contain themselves";
  return { line: undefined, reason: deep ? `it is nested more than ${MAX_DEPTH} levels deep` : reason, fix };
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
