import type { JsonObject } from "@iggy-connectors/sdk/internal";
import { hasMember, membersOf, ObjectText, setPart } from "@iggy-connectors/sdk/internal";
import type { OnConflict } from "../settings/conflict-setting.ts";
import { conflict, suffixed } from "./conflicts.ts";

/**
 * Renames members, all at once and in place, so that two can be swapped. A name conflicts if a member has it that is not renamed, or
 * one that was renamed to it before. Undefined: nothing to rename. Throws `RejectedError` (`IGC_TRANSFORM_CONFLICT`).
 */
export function renamed<Value extends JsonObject | ObjectText>(
  object: Value,
  names: ReadonlyMap<string, string>,
  policy: OnConflict,
): Value | undefined {
  const moves = new Map<string, string>();
  for (const [from, to] of names) if (from !== to && hasMember(object, from)) moves.set(from, to);
  if (moves.size === 0) return undefined;
  const given = new Map<string, string>();
  const dropped = new Set<string>();
  for (const [from, wanted] of moves) {
    let to = wanted;
    const holder = hasMember(object, to) && !moves.has(to) ? to : given.get(to);
    if (holder !== undefined) {
      if (policy === "fail") throw conflict(to, from);
      if (policy === "keep") {
        dropped.add(from);
        continue;
      }
      if (policy === "replace") dropped.add(holder);
      else to = suffixed(to, (name) => hasMember(object, name) || given.has(name));
    }
    given.set(to, from);
    moves.set(from, to);
  }
  const nameOf = (key: string): string | undefined => (dropped.has(key) ? undefined : (moves.get(key) ?? key));
  if (object instanceof ObjectText) {
    const copy = object.copy();
    copy.rename(nameOf);
    return copy as Value;
  }
  const result: JsonObject = {};
  for (const [key, part] of membersOf(object)) {
    const name = nameOf(key);
    if (name !== undefined) setPart(result, name, part);
  }
  return result as Value;
}
