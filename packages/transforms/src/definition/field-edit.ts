import {
  hasMember,
  isJsonObject,
  type JsonObject,
  JsonText,
  ObjectText,
  plainValue,
  selectMembers,
  setMember,
  withoutMembers,
} from "@iggy-connectors/sdk/internal";
import type { OnConflict } from "../settings/conflict-setting.ts";
import type { FieldValue } from "../values/field-value.ts";
import { renamed } from "../values/renames.ts";
import { FILTERED } from "./transform.ts";

/** When a field is set: always, or depending on whether it exists (a field that is null exists). */
type SetCondition = "always" | "key_exists" | "key_not_exists";

/** An edit of members of the top-level object, which can be made on a decoded value and on bytes. */
export type FieldEdit =
  | { readonly kind: "set"; readonly key: string; readonly value: FieldValue; readonly condition?: SetCondition }
  | { readonly kind: "remove"; readonly keys: ReadonlySet<string> }
  /** All at once, so that two keys can be swapped. */
  | { readonly kind: "rename"; readonly names: ReadonlyMap<string, string>; readonly onConflict: OnConflict }
  /** Keeps the members whose key passes the test. */
  | { readonly kind: "select"; keep(key: string): boolean }
  /** Filters the message unless the test, which reads these members only, passes. It may throw. */
  | { readonly kind: "require"; readonly keys: readonly string[]; test(object: JsonObject): boolean };

/**
 * Applies edits in order to a value, decoded or not. The input is never changed: a new object is returned, or the input itself when
 * nothing changed. A replaced member keeps its position, a new one is appended.
 */
export function editValue(edits: readonly FieldEdit[], value: unknown): unknown {
  if (value instanceof JsonText) return value instanceof ObjectText ? editText(edits, value) : value;
  if (!isJsonObject(value)) return value;
  let edited: JsonObject | undefined;
  for (const edit of edits) {
    const current: JsonObject = edited ?? value;
    switch (edit.kind) {
      case "set":
        if (!applies(edit.condition, current, edit.key)) break;
        edited ??= { ...value };
        setMember(edited, edit.key, edit.value.next());
        break;
      case "remove":
        edited = withoutMembers(current, edit.keys) ?? edited;
        break;
      case "rename":
        edited = renamed(current, edit.names, edit.onConflict) ?? edited;
        break;
      case "select":
        edited = selectMembers(current, (key) => edit.keep(key)) ?? edited;
        break;
      case "require":
        if (!edit.test(current)) return FILTERED;
    }
  }
  return edited ?? value;
}

/** The same for an object that is not decoded. */
function editText(edits: readonly FieldEdit[], object: ObjectText): unknown {
  let edited: ObjectText | undefined;
  for (const edit of edits) {
    const current: ObjectText = edited ?? object;
    switch (edit.kind) {
      case "set":
        if (!applies(edit.condition, current, edit.key)) break;
        edited ??= object.copy();
        edited.set(edit.key, edit.value.next());
        break;
      case "remove":
        for (const key of edit.keys) {
          if (!current.has(key)) continue;
          edited ??= object.copy();
          edited.delete(key);
        }
        break;
      case "rename":
        edited = renamed(current, edit.names, edit.onConflict) ?? edited;
        break;
      case "select": {
        const copy = current.copy();
        if (copy.select((key) => edit.keep(key))) edited = copy;
        break;
      }
      case "require": {
        const read: JsonObject = {};
        for (const key of edit.keys) {
          const part = current.get(key);
          if (part !== undefined) setMember(read, key, plainValue(part));
        }
        if (!edit.test(read)) return FILTERED;
      }
    }
  }
  return edited ?? object;
}

function applies(condition: SetCondition | undefined, object: JsonObject | ObjectText, key: string): boolean {
  if (condition === undefined || condition === "always") return true;
  return hasMember(object, key) === (condition === "key_exists");
}
