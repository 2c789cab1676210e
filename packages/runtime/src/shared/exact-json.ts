import { randomUUID } from "node:crypto";
import { plainValue } from "./plain-value.ts";

/** What an integer that a double cannot hold is between the parser and the copy. No text contains it: it is drawn for this process. */
const MARK = `integer ${randomUUID()} `;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/**
 * JSON of configurations, in which integers beyond 2^53 keep their digits (as `bigint`). Throws `SyntaxError`, and
 * `UnusableValue` where the text is nested too deeply or too large.
 */
export function parseExactJson(text: string): unknown {
  return usableJson(parseJsonParts(text));
}

/** The first half of `parseExactJson`, for a text whose parts are made usable one by one with `usableJson`. */
export function parseJsonParts(text: string): unknown {
  // The platform's parser: no depth is too much for it, and its messages name the position.
  const value: unknown = JSON.parse(text);
  // The shortest integer that a double cannot hold has 16 digits.
  return /\d{16}/.test(text) ? JSON.parse(text.replaceAll(STRING_OR_NUMBER, marked)) : value;
}

export function usableJson(value: unknown): unknown {
  return plainValue(value, (text) => (text.startsWith(MARK) ? BigInt(text.slice(MARK.length)) : text));
}

function marked(token: string): string {
  const integer = /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token));
  return integer ? `"${MARK}${token}"` : token;
}

/** JSON of a value that may contain integers as `bigint`. `indent`: spaces, default none. */
export function printExactJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, member: unknown) => (typeof member === "bigint" ? rawJson(String(member)) : member),
    indent,
  );
}

/** ECMAScript 2026; not yet in TypeScript's library. */
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
