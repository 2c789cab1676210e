import type { JsonValue } from "../contract/message.ts";
import { JsonNumber } from "./json-number.ts";
import { type JsonObject, setMember } from "./json-object.ts";
import { exactMember, setText } from "./json-spelling.ts";
import { ArrayText, type JsonPart, JsonText, ObjectText, ScalarText } from "./json-text.ts";

/** The value of a part; a number is its double. */
export function plainValue(part: JsonPart): JsonValue {
  if (part instanceof JsonText) return part.decode();
  return part instanceof JsonNumber ? part.value : part;
}

/** The value of a part; a `JsonNumber` where the text of a number says more than its double. */
export function exactValue(part: JsonPart): JsonValue | JsonNumber {
  if (part instanceof ScalarText) return part.exact();
  return part instanceof JsonText ? part.decode() : part;
}

export type JsonType = "string" | "number" | "boolean" | "null" | "array" | "object" | "bytes";

/** The type of a part, without decoding it. */
export function typeOfPart(part: JsonPart): JsonType {
  if (part instanceof JsonText)
    return part instanceof ScalarText ? part.type : part instanceof ArrayText ? "array" : "object";
  if (part === null) return "null";
  if (typeof part === "string" || typeof part === "boolean") return typeof part as "string" | "boolean";
  if (typeof part !== "object" || part instanceof JsonNumber) return "number";
  if (part instanceof Uint8Array) return "bytes";
  return Array.isArray(part) ? "array" : "object";
}

/** Whether an object has no members. */
export function isEmptyObject(object: JsonObject | ObjectText): boolean {
  return object instanceof ObjectText ? object.isEmpty : Object.keys(object).length === 0;
}

/** The members of an object, decoded or not. */
export function* membersOf(object: JsonObject | ObjectText): Generator<readonly [key: string, part: JsonPart]> {
  if (object instanceof ObjectText) yield* object.entries();
  else for (const key of Object.keys(object)) yield [key, exactMember(object, key)!];
}

export function hasMember(object: JsonObject | ObjectText, key: string): boolean {
  return object instanceof ObjectText ? object.has(key) : Object.hasOwn(object, key);
}

export function memberOf(object: JsonObject | ObjectText, key: string): JsonPart | undefined {
  return object instanceof ObjectText ? object.get(key) : exactMember(object, key);
}

/** The elements of an array, decoded or not; `undefined` for anything else. */
export function elementsOf(part: unknown): readonly JsonPart[] | undefined {
  if (part instanceof ArrayText) return part.parts;
  return Array.isArray(part) ? part.map((_, index) => exactMember(part, index)!) : undefined;
}

/** Sets a member of a decoded object, or an element of an array, that is not shared yet, with the digits of a number. */
export function setPart(
  holder: { [key: string]: JsonValue } | JsonValue[],
  key: string | number,
  part: JsonPart,
): void {
  const value = exactValue(part);
  const plain = value instanceof JsonNumber ? value.value : value;
  if (Array.isArray(holder)) holder[Number(key)] = plain;
  else setMember(holder, String(key), plain);
  if (value instanceof JsonNumber) setText(holder, key, value.text);
}
