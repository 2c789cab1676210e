import { MAX_JSON_DEPTH } from "../../codecs/json-scan.ts";

/**
 * What a script returned, as a JSON value: members that are undefined are left out, as `JSON.stringify` does; everything else that JSON
 * cannot express is an error that names its place. A value that is in order comes back itself.
 */
export function scriptValue(value: unknown, fail: (message: string) => Error, place = "value", depth = 0): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw fail(`${place} is ${value}, which JSON cannot express`);
    case "bigint":
      if (value >= -(2n ** 63n) && value < 2n ** 64n) return value;
      throw fail(`${place} is an integer beyond 64 bits`);
    case "object":
      if (value === null) return value;
      if (depth === MAX_JSON_DEPTH) throw fail(`${place} is nested too deeply, or in itself`);
      return Array.isArray(value) ? elements(value, fail, place, depth) : members(value, fail, place, depth);
    default:
      throw fail(`${place} is ${typeof value}, which JSON cannot express`);
  }
}

function elements(array: readonly unknown[], fail: (message: string) => Error, place: string, depth: number): unknown {
  for (let index = 0; index < array.length; index++) {
    const before = array[index];
    if (scriptValue(before, fail, `${place}[${index}]`, depth + 1) !== before) {
      return array.map((element, at) => scriptValue(element, fail, `${place}[${at}]`, depth + 1));
    }
  }
  return array;
}

function members(object: object, fail: (message: string) => Error, place: string, depth: number): unknown {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    throw fail(`${place} is an object of class ${object.constructor?.name ?? "?"}: return plain objects`);
  }
  const entries = Object.entries(object);
  const clean = entries.every(
    ([key, member]) => member !== undefined && scriptValue(member, fail, `${place}.${key}`, depth + 1) === member,
  );
  if (clean) return object;
  return Object.fromEntries(
    entries
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, scriptValue(member, fail, `${place}.${key}`, depth + 1)]),
  );
}
