import { RejectedError } from "../contract/errors.ts";
import type { JsonValue } from "../contract/message.ts";
import type { JsonNumber } from "../json/json-number.ts";
import { isJsonObject, type JsonObject, setMember, withoutMembers } from "../json/json-object.ts";
import { exactMember, keepSpelling, keepTexts } from "../json/json-spelling.ts";
import { EVERY, formatPath, type Path, type Segment } from "./path.ts";
import { typeName } from "./type-name.ts";

/**
 * Maps the value at a path to its replacement; `undefined` removes it. `holder[key]` is the value, for `numberText`.
 */
export type Change = (value: JsonValue, holder: object, key: string | number) => JsonValue | undefined;

/** The value at a path, the first one found where the path has `[*]`; undefined when there is none. */
export function valueAt(value: unknown, { segments }: Path): JsonValue | undefined {
  return find(value as JsonValue, segments, 0);
}

/**
 * As `valueAt`, but a number whose text says more than its double (`1.10`, `12345678901234567.89`, `1e400`) comes as `JsonNumber`. What is
 * within an object or array found here is asked with `numberText`.
 */
export function exactAt(value: unknown, { segments }: Path): JsonValue | JsonNumber | undefined {
  return findExact(value as JsonValue, segments, 0);
}

/** Whether there is a value at a path. */
export function existsAt(value: unknown, path: Path): boolean {
  return valueAt(value, path) !== undefined;
}

/**
 * Changes the value at a path, every one where the path has `[*]`. The input is never changed: the containers along the path are copied,
 * everything else is shared, and the input itself is returned when nothing changed. A path without a value changes nothing.
 */
export function changeAt(value: unknown, { segments }: Path, change: Change): unknown {
  return changeIn(value as JsonValue, segments, 0, change);
}

/**
 * A copy with the value at a path set; objects along the path are created where they are missing. Throws `RejectedError`
 * (`IGC_TRANSFORM_PATH`) where a value along the path is of another type.
 */
export function setAt(value: unknown, path: Path, next: JsonValue): JsonValue {
  return setIn(value as JsonValue, path, 0, next);
}

/** A copy without the value at a path; the input itself when there is none. */
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

function findExact(
  value: JsonValue | undefined,
  segments: readonly Segment[],
  depth: number,
): JsonValue | JsonNumber | undefined {
  if (value === undefined || depth === segments.length) return value;
  const segment = segments[depth]!;
  const last = depth === segments.length - 1;
  if (typeof segment === "string") {
    if (!isJsonObject(value) || !Object.hasOwn(value, segment)) return undefined;
    return last ? exactMember(value, segment) : findExact(value[segment], segments, depth + 1);
  }
  if (!Array.isArray(value)) return undefined;
  if (segment !== EVERY) {
    return last ? exactMember(value, segment) : findExact(value[segment], segments, depth + 1);
  }
  for (let index = 0; index < value.length; index++) {
    const found = last ? exactMember(value, index) : findExact(value[index], segments, depth + 1);
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
    const after = last ? change(before, value, segment) : changeIn(before, segments, depth + 1, change);
    if (after === before) return value;
    if (after === undefined) return withoutMembers(value, new Set([segment])) ?? value;
    const copy = { ...value };
    setMember(copy, segment, after);
    return copy;
  }
  if (!Array.isArray(value)) return value;
  return changeElements(value, segment, (element, index) =>
    last ? change(element, value, index) : changeIn(element, segments, depth + 1, change),
  );
}

function changeElements(
  elements: JsonValue[],
  segment: number | typeof EVERY,
  change: (element: JsonValue, index: number) => JsonValue | undefined,
): JsonValue {
  if (segment !== EVERY && segment >= elements.length) return elements;
  let changed = false;
  const copy: JsonValue[] = [];
  const origins: number[] = [];
  for (const [index, before] of elements.entries()) {
    const after = segment === EVERY || segment === index ? change(before, index) : before;
    changed ||= after !== before;
    if (after === undefined) continue;
    copy.push(after);
    origins.push(index);
  }
  if (!changed) return elements;
  keepTexts(copy, elements, origins);
  return copy;
}

function setIn(value: JsonValue | undefined, path: Path, depth: number, next: JsonValue): JsonValue {
  if (depth === path.segments.length) return next;
  const segment = path.segments[depth]!;
  if (typeof segment === "string") {
    if (value !== undefined && !isJsonObject(value)) throw wrongContainer(path, depth, value);
    const copy: JsonObject = value === undefined ? {} : { ...value };
    const before = Object.hasOwn(copy, segment) ? copy[segment] : undefined;
    setMember(copy, segment, setIn(before, path, depth + 1, next));
    return copy;
  }
  if (!Array.isArray(value)) throw wrongContainer(path, depth, value);
  if (segment === EVERY) return value.map((element) => setIn(element, path, depth + 1, next));
  if (segment > value.length) throw wrongContainer(path, depth, value);
  const copy = [...value];
  keepSpelling(copy, value);
  copy[segment] = setIn(copy[segment], path, depth + 1, next);
  return copy;
}

function wrongContainer(path: Path, depth: number, value: JsonValue | undefined): RejectedError {
  const where = depth === 0 ? "the payload" : `the value at ${formatPath(path.segments.slice(0, depth))}`;
  const segment = path.segments[depth];
  const wanted =
    typeof segment === "string"
      ? "an object"
      : segment === EVERY
        ? "an array"
        : `an array of at least ${String(segment)} elements`;
  return new RejectedError(`${path.text} cannot be set: ${where} is ${typeName(value)}, not ${wanted}`, {
    code: "IGC_TRANSFORM_PATH",
    place: `field ${path.text}`,
    fix: "correct the path, or put the step under a condition (when)",
  });
}
