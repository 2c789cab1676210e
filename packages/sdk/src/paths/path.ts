import { z } from "zod";

/** Every element of an array. */
export const EVERY: unique symbol = Symbol("[*]");
export type Segment = string | number | typeof EVERY;

/** A location within a JSON value. */
export interface Path {
  /** As written in the configuration. */
  readonly text: string;
  readonly segments: readonly Segment[];
}

const MAX_SEGMENTS = 64;

/**
 * Parses `user.mail`, `a\.b` (a key with a dot; `\\` is a backslash), `items[0].id`, `items[*].id`. Throws `Error` with the
 * reason when the text is not a path.
 */
export function parsePath(text: string): Path {
  const segments: Segment[] = [];
  let at = 0;
  let key = "";
  let expectKey = true;
  const endKey = (): void => {
    if (key === "" && expectKey) throw new Error(`a name is missing at character ${at + 1}`);
    if (key !== "") segments.push(key);
    key = "";
  };
  if (text === "") throw new Error("must not be empty");
  while (at < text.length) {
    const character = text[at]!;
    if (character === "\\") {
      if (at + 1 >= text.length) throw new Error("ends with a backslash");
      key += text[at + 1]!;
      expectKey = true;
      at += 2;
    } else if (character === ".") {
      endKey();
      expectKey = true;
      at++;
    } else if (character === "[") {
      if (key !== "") endKey();
      const end = text.indexOf("]", at);
      const inside = text.slice(at + 1, end);
      if (end < 0 || !/^(?:\*|\d{1,9})$/.test(inside))
        throw new Error(`expected [number] or [*] at character ${at + 1}`);
      segments.push(inside === "*" ? EVERY : Number(inside));
      expectKey = false;
      at = end + 1;
    } else {
      if (!expectKey) throw new Error(`expected a dot at character ${at + 1}`);
      key += character;
      at++;
    }
  }
  endKey();
  if (segments.length > MAX_SEGMENTS) throw new Error(`has more than ${MAX_SEGMENTS} segments`);
  return { text, segments };
}

/** Spells names and indexes as a path: `items[3].price`. Names are not escaped: for messages, not for parsing. */
export function formatPath(segments: Iterable<PropertyKey>): string {
  let text = "";
  for (const segment of segments) {
    if (segment === EVERY) text += "[*]";
    else if (typeof segment === "number") text += `[${segment}]`;
    else text += text === "" ? String(segment) : `.${String(segment)}`;
  }
  return text;
}

/** The path whose only segment is this key, taken literally. */
export function keyPath(key: string): Path {
  return { text: key, segments: [key] };
}

const RULE = 'a path such as user.mail, items[0].id or items[*].id; a dot within a name is written "\\\\."';

/** A path as a key of a configuration schema; `meaning` is what its description begins with. */
export function path(meaning: string, example = "user.mail"): z.ZodType<string> {
  return z.string().superRefine(checkPath).describe(`${meaning}: ${RULE}`).meta({ example });
}

/** A refinement for strings that must be paths. */
export function checkPath(text: string, context: z.core.$RefinementCtx<string>): void {
  try {
    parsePath(text);
    if (!text.isWellFormed()) throw new Error("must be valid Unicode");
  } catch (error) {
    context.addIssue(`${JSON.stringify(text)} is not a path: ${error instanceof Error ? error.message : error}`);
  }
}

/** A table whose keys are paths; its errors name the key. */
export function pathTable<Value extends z.ZodType>(
  value: Value,
  meaning: string,
): z.ZodType<Record<string, z.output<Value>>> {
  return z
    .record(z.string(), value)
    .superRefine((table, context) => {
      for (const key of Object.keys(table)) {
        try {
          parsePath(key);
        } catch (error) {
          context.addIssue({ code: "custom", path: [key], message: `is not a path: ${(error as Error).message}` });
        }
      }
    })
    .describe(meaning) as unknown as z.ZodType<Record<string, z.output<Value>>>;
}
