import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, YAMLParseError } from "yaml";
import { parseExactJson } from "../../../shared/exact-json.ts";
import type { KeyPath } from "../../../shared/key-path.ts";
import { type ParsedText, SyntaxProblem } from "./parsed-text.ts";

export function parseYaml(text: string): ParsedText {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, intAsBigInt: true });
  const error = document.errors[0];
  // The parser reports that it ran out of stack as a fault of the text, which it is.
  if (error !== undefined && /call stack/i.test(error.message)) throw new RangeError(error.message);
  if (error !== undefined) throw new SyntaxProblem(error.message, counter.linePos(error.pos[0]).line);
  let value: unknown;
  try {
    // Aliases are expanded at most a hundred times: a few lines must not become gigabytes.
    value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    const line = cause instanceof YAMLParseError ? counter.linePos(cause.pos[0]).line : undefined;
    throw new SyntaxProblem((cause as Error).message, line);
  }
  return { value: value ?? {}, lineAt: (path) => lineIn(document, counter, path) };
}

/** JSON is parsed as JSON; only for the lines it is parsed again as YAML, of which it is a subset. */
export function parseJson(text: string): ParsedText {
  let value: unknown;
  try {
    value = parseExactJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = (error as Error).message;
    throw new SyntaxProblem(reason, lineOfPosition(text, reason));
  }
  let document: Document | undefined;
  const counter = new LineCounter();
  return {
    value,
    lineAt(path) {
      document ??= parseDocument(text, { lineCounter: counter, prettyErrors: false });
      return lineIn(document, counter, path);
    },
  };
}

function lineIn(document: Document, counter: LineCounter, path: KeyPath): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const segment of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
      if (pair === undefined) return undefined;
      offset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      node = pair.value;
    } else if (isSeq(node) && typeof segment === "number") {
      const item = node.items[segment] as { range?: readonly number[] } | undefined;
      if (item === undefined) return undefined;
      offset = item.range?.[0];
      node = item;
    } else return undefined;
  }
  return offset === undefined ? undefined : counter.linePos(offset).line;
}

function lineOfPosition(text: string, reason: string): number | undefined {
  const position = /at position (\d+)/.exec(reason)?.[1];
  if (position === undefined) return undefined;
  return text.slice(0, Number(position)).split("\n").length;
}
