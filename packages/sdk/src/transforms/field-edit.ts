import type { JsonValue } from "../contract/message.ts";
import type { FieldValue } from "./values/field-value.ts";

/** One step of a transform that only touches members of the top-level object: what can be done on bytes as well. */
export type FieldEdit =
  | { readonly kind: "set"; readonly key: string; readonly value: FieldValue }
  | { readonly kind: "remove"; readonly keys: ReadonlySet<string> };

export type JsonObject = { [key: string]: JsonValue };

/** Whether field transforms look at a decoded value: arrays, scalars and bytes pass them unchanged. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/**
 * Applies edits in order to a decoded value. The input is never changed: a new object comes back, or the input itself when
 * nothing was to do. A replaced key keeps its place, a new one goes to the end.
 */
export function editValue(edits: readonly FieldEdit[], value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  let edited: JsonObject | undefined;
  for (const edit of edits) {
    if (edit.kind === "set") {
      edited ??= { ...value };
      setMember(edited, edit.key, edit.value.next());
    } else {
      edited = withoutMembers(edited ?? value, edit.keys) ?? edited;
    }
  }
  return edited ?? value;
}

/** A copy, since `delete` turns an object into a slow table; `undefined` when no key is there. */
function withoutMembers(object: JsonObject, removed: ReadonlySet<string>): JsonObject | undefined {
  let found = false;
  const rest: JsonObject = {};
  for (const key of Object.keys(object)) {
    if (removed.has(key)) found = true;
    else setMember(rest, key, object[key]!);
  }
  return found ? rest : undefined;
}

function setMember(object: JsonObject, key: string, value: JsonValue): void {
  // Assigning `__proto__` would set the prototype instead of a member.
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}
