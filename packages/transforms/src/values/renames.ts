import type { JsonObject } from "@iggy-connectors/sdk/internal";
import { setMember } from "@iggy-connectors/sdk/internal";
import type { OnConflict } from "../settings/conflict-setting.ts";
import { conflict, suffixed } from "./conflicts.ts";

/**
 * Renames members, all at once and in place, so that two can be swapped. A name conflicts if a member has it that is not renamed, or
 * one that was renamed to it before. Undefined: nothing to rename. Throws `RejectedError` (`IGC_TRANSFORM_CONFLICT`).
 */
export function renamed(
  object: JsonObject,
  names: ReadonlyMap<string, string>,
  policy: OnConflict,
): JsonObject | undefined {
  const moves = new Map<string, string>();
  for (const [from, to] of names) if (from !== to && Object.hasOwn(object, from)) moves.set(from, to);
  if (moves.size === 0) return undefined;
  const given = new Map<string, string>();
  const dropped = new Set<string>();
  for (const [from, wanted] of moves) {
    let to = wanted;
    const holder = Object.hasOwn(object, to) && !moves.has(to) ? to : given.get(to);
    if (holder !== undefined) {
      if (policy === "fail") throw conflict(to, from);
      if (policy === "keep") {
        dropped.add(from);
        continue;
      }
      if (policy === "replace") dropped.add(holder);
      else to = suffixed(to, (name) => Object.hasOwn(object, name) || given.has(name));
    }
    given.set(to, from);
    moves.set(from, to);
  }
  const result: JsonObject = {};
  for (const key of Object.keys(object)) {
    if (!dropped.has(key)) setMember(result, moves.get(key) ?? key, object[key]!);
  }
  return result;
}
