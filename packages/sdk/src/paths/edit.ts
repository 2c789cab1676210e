import { RejectedError } from "../contract/errors.ts";
import type { JsonValue } from "../contract/message.ts";
import type { JsonNumber } from "../json/json-number.ts";
import { isJsonObject, withoutMembers } from "../json/json-object.ts";
import { elementsOf, exactValue, memberOf, plainValue, setPart } from "../json/json-part.ts";
import { exactMember, keepSpelling, keepTexts } from "../json/json-spelling.ts";
import { ArrayText, isObjectPart, type JsonPart, JsonText, ObjectText } from "../json/json-text.ts";
import { EVERY, formatPath, type Path, type Segment } from "./path.ts";
import { typeName } from "./type-name.ts";

/**
 * Maps the value at a path to its replacement; a number whose text says more than its double comes as `JsonNumber`. `undefined` as result:
 * the value is removed.
 */
export type Change = (value: JsonValue | JsonNumber) => JsonPart | undefined;

/** The value at a path, the first one found where the path has `[*]`; undefined when there is none. */
export function valueAt(value: unknown, { segments }: Path): JsonValue | undefined {
  if (!(value instanceof JsonText)) return find(value as JsonValue, segments, 0);
  const part = findPart(value, segments, 0);
  return part === undefined ? undefined : plainValue(part);
}

/**
 * As `valueAt`, but a number whose text says more than its double (`1.10`, `12345678901234567.89`, `1e400`) comes as `JsonNumber`. What is
 * within an object or array found here is asked with `numberText`.
 */
export function exactAt(value: unknown, path: Path): JsonValue | JsonNumber | undefined {
  const part = partAt(value, path);
  return part === undefined ? undefined : exactValue(part);
}

/** As `valueAt`, but what is not decoded stays text: to be moved elsewhere as it is. */
export function partAt(value: unknown, { segments }: Path): JsonPart | undefined {
  return findPart(value as JsonPart, segments, 0);
}

/** Whether there is a value at a path. */
export function existsAt(value: unknown, path: Path): boolean {
  return partAt(value, path) !== undefined;
}

/**
 * Changes the value at a path, every one where the path has `[*]`. The input is never changed: the containers along the path are copied,
 * everything else is shared, and the input itself is returned when nothing changed. A path without a value changes nothing.
 */
export function changeAt(value: unknown, { segments }: Path, change: Change): unknown {
  return changeIn(value as JsonPart, segments, 0, (part) => {
    const before = exactValue(part);
    const after = change(before);
    return after === before ? part : after;
  });
}

/**
 * A copy with the value at a path set; objects along the path are created where they are missing. Throws `RejectedError`
 * (`IGC_TRANSFORM_PATH`) where a value along the path is of another type.
 */
export function setAt(value: unknown, path: Path, next: JsonPart): JsonPart {
  return setIn(value as JsonPart, path, 0, next);
}

/** A copy without the value at a path; the input itself when there is none. */
export function removeAt(value: unknown, { segments }: Path): unknown {
  return changeIn(value as JsonPart, segments, 0, () => undefined);
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

function findPart(part: JsonPart | undefined, segments: readonly Segment[], depth: number): JsonPart | undefined {
  if (part === undefined || depth === segments.length) return part;
  const segment = segments[depth]!;
  if (typeof segment === "string") {
    return isObjectPart(part) ? findPart(memberOf(part, segment), segments, depth + 1) : undefined;
  }
  if (segment !== EVERY && Array.isArray(part)) return findPart(exactMember(part, segment), segments, depth + 1);
  const elements = elementsOf(part);
  if (elements === undefined) return undefined;
  if (segment !== EVERY) return findPart(elements[segment], segments, depth + 1);
  for (const element of elements) {
    const found = findPart(element, segments, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Alter = (part: JsonPart) => JsonPart | undefined;

function changeIn(part: JsonPart, segments: readonly Segment[], depth: number, alter: Alter): JsonPart {
  const segment = segments[depth]!;
  const change: Alter = depth === segments.length - 1 ? alter : (inner) => changeIn(inner, segments, depth + 1, alter);
  if (typeof segment !== "string") return changeElements(part, segment, change);
  if (!isObjectPart(part)) return part;
  const before = memberOf(part, segment);
  if (before === undefined) return part;
  const after = change(before);
  if (after === before) return part;
  if (part instanceof ObjectText) {
    const copy = part.copy();
    if (after === undefined) copy.delete(segment);
    else copy.set(segment, after);
    return copy;
  }
  if (after === undefined) return withoutMembers(part, new Set([segment])) ?? part;
  const copy = { ...part };
  setPart(copy, segment, after);
  return copy;
}

function changeElements(part: JsonPart, segment: number | typeof EVERY, change: Alter): JsonPart {
  const elements = elementsOf(part);
  if (elements === undefined || (segment !== EVERY && segment >= elements.length)) return part;
  let changed = false;
  const kept: JsonPart[] = [];
  const origins: number[] = [];
  for (const [index, before] of elements.entries()) {
    const after = segment === EVERY || segment === index ? change(before) : before;
    changed ||= after !== before;
    if (after === undefined) continue;
    kept.push(after);
    origins.push(after === before ? index : CHANGED);
  }
  if (!changed) return part;
  if (part instanceof ArrayText) return ArrayText.of(kept);
  const copy: JsonValue[] = [];
  for (const element of kept) copy.push(plainValue(element));
  keepTexts(copy, part as JsonValue[], origins);
  for (const [index, element] of kept.entries()) if (origins[index] === CHANGED) setPart(copy, index, element);
  return copy;
}

/** The index of an element that is not the original's any more. */
const CHANGED = -1;

function setIn(part: JsonPart | undefined, path: Path, depth: number, next: JsonPart): JsonPart {
  if (depth === path.segments.length) return next;
  const segment = path.segments[depth]!;
  if (typeof segment === "string") {
    if (part !== undefined && !isObjectPart(part)) throw wrongContainer(path, depth, part);
    const before = part === undefined ? undefined : memberOf(part, segment);
    const after = setIn(before, path, depth + 1, next);
    if (part instanceof ObjectText) {
      const copy = part.copy();
      copy.set(segment, after);
      return copy;
    }
    if (after instanceof JsonText && (part === undefined || Object.keys(part).length === 0)) {
      return ObjectText.of([[segment, after]]);
    }
    const copy = { ...part };
    setPart(copy, segment, after);
    return copy;
  }
  const elements = elementsOf(part);
  if (elements === undefined || (segment !== EVERY && segment > elements.length)) {
    throw wrongContainer(path, depth, part);
  }
  if (Array.isArray(part)) {
    const copy = [...part];
    keepSpelling(copy, part);
    for (const index of segment === EVERY ? copy.keys() : [segment]) {
      setPart(copy, index, setIn(elements[index], path, depth + 1, next));
    }
    return copy;
  }
  const copy = [...elements];
  if (segment === EVERY)
    for (const [index, element] of elements.entries()) copy[index] = setIn(element, path, depth + 1, next);
  else copy[segment] = setIn(copy[segment], path, depth + 1, next);
  return ArrayText.of(copy);
}

function wrongContainer(path: Path, depth: number, part: JsonPart | undefined): RejectedError {
  const where = depth === 0 ? "the payload" : `the value at ${formatPath(path.segments.slice(0, depth))}`;
  const segment = path.segments[depth];
  const wanted =
    typeof segment === "string"
      ? "an object"
      : segment === EVERY
        ? "an array"
        : `an array of at least ${String(segment)} elements`;
  return new RejectedError(`${path.text} cannot be set: ${where} is ${typeName(part)}, not ${wanted}`, {
    code: "IGC_TRANSFORM_PATH",
    place: `field ${path.text}`,
    fix: "correct the path, or put the step under a condition (when)",
  });
}
