import type { JsonValue } from "../contract/message.ts";
import { keepSpelling } from "./json-spelling.ts";

export type JsonObject = { [key: string]: JsonValue };

/** Whether a decoded value has members: an object, and not an array or bytes. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Sets a member, including one named `__proto__`, for which an assignment would set the prototype. */
export function setMember(object: { [key: string]: unknown }, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** A copy without these members, because `delete` makes an object slow; `undefined` if it has none of them. */
export function withoutMembers(object: JsonObject, removed: ReadonlySet<string>): JsonObject | undefined {
  return selectMembers(object, (key) => !removed.has(key));
}

/** A copy with the members whose key passes the test; `undefined` if all do. */
export function selectMembers(object: JsonObject, keep: (key: string) => boolean): JsonObject | undefined {
  let dropped = false;
  const rest: JsonObject = {};
  for (const key of Object.keys(object)) {
    if (keep(key)) setMember(rest, key, object[key]!);
    else dropped = true;
  }
  if (!dropped) return undefined;
  keepSpelling(rest, object);
  return rest;
}
