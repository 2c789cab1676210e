import { isJsonObject, setMember } from "@iggy-connectors/sdk/internal";

/** The own member of a name, never one of the prototype. */
export function getMember(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Renames top-level members, each looked up in the original: names do not chain, and two may be swapped. Anything else is returned as it is. */
export function renameMembers(value: unknown, names: ReadonlyMap<string, string> | undefined): unknown {
  if (names === undefined || names.size === 0 || !isJsonObject(value)) return value;
  const renamed: { [key: string]: unknown } = {};
  for (const [name, member] of Object.entries(value)) setMember(renamed, names.get(name) ?? name, member);
  return renamed;
}
