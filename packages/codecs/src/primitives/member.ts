import { isJsonObject, setMember } from "@iggy-connectors/sdk/internal";

/** The own member of a name, never one of the prototype. */
export function getMember(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Renames top-level members, all at once: names do not chain, and two can be swapped. A value that is not an object is returned unchanged. */
export function renameMembers(value: unknown, names: ReadonlyMap<string, string> | undefined): unknown {
  if (names === undefined || names.size === 0 || !isJsonObject(value)) return value;
  const renamed: { [key: string]: unknown } = {};
  for (const [name, member] of Object.entries(value)) setMember(renamed, names.get(name) ?? name, member);
  return renamed;
}
