import { isJsonObject, setMember, setText, writtenText } from "@iggy-connectors/sdk/internal";

/** The own member of a name, never one of the prototype. */
export function getMember(object: Record<string | number, unknown>, name: string | number): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/**
 * Renames top-level members, all at once: names do not chain, two can be swapped, and of two with one name the later one counts, as in the
 * original. Numbers keep their digits. A value that is not an object is returned unchanged.
 */
export function renameMembers(value: unknown, names: ReadonlyMap<string, string> | undefined): unknown {
  if (names === undefined || names.size === 0 || !isJsonObject(value)) return value;
  const renamed: { [key: string]: unknown } = {};
  for (const [name, member] of Object.entries(value)) {
    const to = names.get(name) ?? name;
    setMember(renamed, to, member);
    const text = typeof member === "number" ? writtenText(value, name, member) : undefined;
    if (text !== undefined) setText(renamed, to, text);
  }
  return renamed;
}
