import { RejectedError } from "../contract/errors.ts";
import type { JsonValue } from "../contract/message.ts";
import { isJsonObject, type JsonObject, setMember, withoutMembers } from "../json/json-object.ts";
import { EVERY, type Path, type Segment } from "./path.ts";

/** What becomes of the value at a path: `undefined` in means that there is none, `undefined` out that there shall be none. */
export type Change = (value: JsonValue | undefined) => JsonValue | undefined;

/** The value at a path, the first where it has `[*]`; undefined: none. */
export function valueAt(value: unknown, { segments }: Path): JsonValue | undefined {
  return find(value as JsonValue, segments, 0);
}

/** Whether there is a value at a path. */
export function existsAt(value: unknown, path: Path): boolean {
  return valueAt(value, path) !== undefined;
}

/**
 * Changes what is at a path, everywhere where it has `[*]`. The input is never changed: what lies on the way is copied, all
 * else is shared, and the input itself comes back when nothing changed. A path that leads nowhere changes nothing.
 */
export function changeAt(value: unknown, { segments }: Path, change: Change): unknown {
  return changeIn(value as JsonValue, segments, 0, change);
}

/** Sets a path, making the objects on the way. Throws `RejectedError` (`IGC_TRANSFORM_PATH`) where something else is in the way. */
export function setAt(value: unknown, path: Path, next: JsonValue): JsonValue {
  return setIn(value as JsonValue, path, 0, next);
}

/** Removes what is at a path. */
export function removeAt(value: unknown, path: Path): unknown {
  return changeAt(value, path, () => undefined);
}

function find(value: JsonValue | undefined, segments: readonly Segment[], depth: number): JsonValue | undefined {
  if (value === undefined || depth === segments.length) return value;
  const segment = segments[depth]!;
  if (typeof segment === "string") {
    return isJsonObject(value) && Object.hasOwn(value, segment) ? find(value[segment], segments, depth + 1) : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (segment !== EVERY) return find(value[segment], segments, depth + 1);
  for (const element of value) {
    const found = find(element, segments, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function changeIn(value: JsonValue, segments: readonly Segment[], depth: number, change: Change): JsonValue {
  const segment = segments[depth]!;
  const last = depth === segments.length - 1;
  if (typeof segment === "string") {
    if (!isJsonObject(value) || !Object.hasOwn(value, segment)) return value;
    const before = value[segment]!;
    const after = last ? change(before) : changeIn(before, segments, depth + 1, change);
    if (after === before) return value;
    if (after === undefined) return withoutMembers(value, new Set([segment])) ?? value;
    const copy = { ...value };
    setMember(copy, segment, after);
    return copy;
  }
  if (!Array.isArray(value)) return value;
  return changeElements(value, segment, (element) =>
    last ? change(element) : changeIn(element, segments, depth + 1, change),
  );
}

function changeElements(
  elements: JsonValue[],
  segment: number | typeof EVERY,
  change: (element: JsonValue) => JsonValue | undefined,
): JsonValue {
  if (segment !== EVERY && segment >= elements.length) return elements;
  let changed = false;
  const copy: JsonValue[] = [];
  for (const [index, before] of elements.entries()) {
    const after = segment === EVERY || segment === index ? change(before) : before;
    changed ||= after !== before;
    if (after !== undefined) copy.push(after);
  }
  return changed ? copy : elements;
}

function setIn(value: JsonValue | undefined, path: Path, depth: number, next: JsonValue): JsonValue {
  if (depth === path.segments.length) return next;
  const segment = path.segments[depth]!;
  if (typeof segment === "string") {
    if (value !== undefined && !isJsonObject(value)) throw inTheWay(path, depth, value);
    const copy: JsonObject = value === undefined ? {} : { ...value };
    const before = Object.hasOwn(copy, segment) ? copy[segment] : undefined;
    setMember(copy, segment, setIn(before, path, depth + 1, next));
    return copy;
  }
  if (!Array.isArray(value)) throw inTheWay(path, depth, value);
  if (segment === EVERY) return value.map((element) => setIn(element, path, depth + 1, next));
  if (segment > value.length) throw inTheWay(path, depth, value);
  const copy = [...value];
  copy[segment] = setIn(copy[segment], path, depth + 1, next);
  return copy;
}

function inTheWay(path: Path, depth: number, value: JsonValue | undefined): RejectedError {
  const where = depth === 0 ? "the payload" : `what ${describe(path.segments.slice(0, depth))} leads to`;
  const segment = path.segments[depth];
  const wanted =
    typeof segment === "string"
      ? "an object"
      : segment === EVERY
        ? "an array"
        : `an array with ${String(segment)} elements before it`;
  return new RejectedError(`${path.text} cannot be set: ${where} is ${typeName(value)}, not ${wanted}`, {
    code: "IGC_TRANSFORM_PATH",
    place: `field ${path.text}`,
    fix: "correct the path, or put the step under a condition (when)",
  });
}

function describe(segments: readonly Segment[]): string {
  return segments
    .map((segment) => (segment === EVERY ? "[*]" : typeof segment === "number" ? `[${segment}]` : `.${segment}`))
    .join("")
    .replace(/^\./, "");
}

/** What a JSON value is, in words. */
export function typeName(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (value instanceof Uint8Array) return "bytes";
  const names: Readonly<Record<string, string>> = { object: "an object", string: "a text", boolean: "a boolean" };
  return names[typeof value] ?? "a number";
}
