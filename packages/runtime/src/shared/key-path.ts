/** The position of a value in a document: keys and array indexes from the top. */
export type KeyPath = readonly (string | number)[];

/** The path in its usual notation: `streams[0].schema`. */
export function formatKey(path: KeyPath): string {
  let text = "";
  for (const segment of path) {
    if (typeof segment === "number") text += `[${segment}]`;
    else {
      const key = /^[\w-]+$/.test(segment) ? segment : JSON.stringify(segment);
      text += text === "" ? key : `.${key}`;
    }
  }
  return text;
}

export type Table = { [key: string]: unknown };

export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function getAt(value: unknown, path: KeyPath): unknown {
  let current = value;
  for (const segment of path) {
    if (typeof segment === "number") current = Array.isArray(current) ? current[segment] : undefined;
    else current = isTable(current) && Object.hasOwn(current, segment) ? current[segment] : undefined;
  }
  return current;
}

/** Defines an own property, so that `__proto__` is a key like any other. */
export function setKey(table: Table, key: string, value: unknown): void {
  Object.defineProperty(table, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Sets the value at a path and creates the tables and lists that lead to it; a value of another shape on the way is replaced. */
export function setAt(root: Table, path: KeyPath, value: unknown): void {
  let current: Table | unknown[] = root;
  for (let depth = 0; depth < path.length; depth++) {
    const segment = path[depth]!;
    const next = path[depth + 1];
    let member: unknown = value;
    if (next !== undefined) {
      member = getAt(current, [segment]);
      const fits = typeof next === "number" ? Array.isArray(member) : isTable(member);
      if (!fits) member = typeof next === "number" ? [] : {};
    }
    if (Array.isArray(current)) current[segment as number] = member;
    else setKey(current, String(segment), member);
    if (next !== undefined) current = member as Table | unknown[];
  }
}
