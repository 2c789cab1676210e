const MEMBER = { enumerable: true, configurable: true, writable: true } as const;

/** Sets a member whose name comes from outside: assigning `__proto__` would set the prototype instead. */
export function setMember(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") Object.defineProperty(object, name, { value, ...MEMBER });
  else object[name] = value;
}

/** The own member of a name, never one of the prototype. */
export function getMember(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Whether a value is an object with members, as JSON knows it. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Renames top-level members, each looked up in the original: names do not chain, and two may be swapped. Anything else is returned as it is. */
export function renameMembers(value: unknown, names: ReadonlyMap<string, string> | undefined): unknown {
  if (names === undefined || names.size === 0 || !isObject(value)) return value;
  const renamed: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) setMember(renamed, names.get(name) ?? name, member);
  return renamed;
}
