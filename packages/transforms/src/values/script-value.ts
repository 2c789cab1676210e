import { keepSpelling, MAX_JSON_DEPTH, writtenText } from "@iggy-connectors/sdk/internal";

/**
 * The result of a script or an expression as a JSON value: undefined members are omitted, as `JSON.stringify` does, and objects without
 * a prototype get one. Everything else that JSON cannot express is an error that names its path. A value that needs no change is
 * returned itself.
 */
export function scriptValue(
  value: unknown,
  fail: (message: string) => Error,
  place = "value",
  depth = 0,
  isWritten = false,
): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "bigint":
      return value;
    case "number":
      if (Number.isFinite(value) || isWritten) return value;
      throw fail(`${place} is ${value}, which JSON cannot express`);
    case "object":
      if (value === null) return value;
      if (depth === MAX_JSON_DEPTH) throw fail(`${place} is nested too deeply, or contains itself`);
      return Array.isArray(value) ? elements(value, fail, place, depth) : members(value, fail, place, depth);
    default:
      throw fail(`${place} is ${typeof value}, which JSON cannot express`);
  }
}

function elements(array: readonly unknown[], fail: (message: string) => Error, place: string, depth: number): unknown {
  let copy: unknown[] | undefined;
  for (let index = 0; index < array.length; index++) {
    const before = array[index];
    const after = scriptValue(before, fail, `${place}[${index}]`, depth + 1, isWrittenAt(array, index, before));
    if (after !== before) copy ??= array.slice(0, index);
    copy?.push(after);
  }
  if (copy === undefined) return array;
  keepSpelling(copy, array);
  return copy;
}

function members(object: object, fail: (message: string) => Error, place: string, depth: number): unknown {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    throw fail(`${place} is an object of class ${object.constructor?.name ?? "?"}: return plain objects`);
  }
  let same = prototype !== null;
  const entries: [string, unknown][] = [];
  for (const [key, before] of Object.entries(object)) {
    if (before === undefined) {
      same = false;
      continue;
    }
    const after = scriptValue(before, fail, `${place}.${key}`, depth + 1, isWrittenAt(object, key, before));
    if (after !== before) same = false;
    entries.push([key, after]);
  }
  if (same) return object;
  const copy = Object.fromEntries(entries);
  keepSpelling(copy, object);
  return copy;
}

/** Whether a number has a text: then infinity is a number beyond doubles. */
function isWrittenAt(holder: object, key: string | number, value: unknown): boolean {
  return typeof value === "number" && writtenText(holder, key, value) !== undefined;
}
