import type { JsonValue } from "../contract/message.ts";
import { doubleText, JsonNumber } from "./json-number.ts";

/**
 * Where an object or array keeps how its members were written, as far as their values do not tell. A symbol, which no loop over keys
 * and no printer of JSON meets, and enumerable, so that `{ ...value }` takes it along. It is registered, so that a plugin's own copy of
 * this package prints what the runtime's copy read.
 */
const SPELLING: unique symbol = Symbol.for("@iggy-connectors/sdk.spelling");

type Key = string | number;

/** How the members of one object or array were written. Never changed: copies of a holder share it. */
export interface Spelling {
  /** The texts of numbers that print differently from their values, by key or index. A text counts as long as the value is its double. */
  readonly texts: ReadonlyMap<Key, string> | undefined;
  /** All members in the order in which they were written, where JavaScript has another one or a key is repeated. */
  readonly order: readonly (string | Repeated)[] | undefined;
}

/** A member whose key is repeated further on, so that the object does not have its value. */
export interface Repeated {
  readonly key: string;
  readonly value: JsonValue;
  /** The text of the value, if it is a number that prints differently. */
  readonly text: string | undefined;
  /** What the object has for the key instead. As soon as it has something else, this member is gone too. */
  readonly last: JsonValue;
}

type Holder = { [SPELLING]?: Spelling };

/**
 * Whether there can be any spelling: most threads never meet a number or key that needs one, and then nothing looks for it. All copies
 * of this package in a thread have the same object, which each takes once, so that looking costs a property.
 */
const SHARED = sharedByCopies();

function sharedByCopies(): { used: boolean } {
  const key = Symbol.for("@iggy-connectors/sdk.spellings");
  const holder = globalThis as { [key]?: { used: boolean } };
  holder[key] ??= { used: false };
  return holder[key];
}

export function spellingsUsed(): boolean {
  return SHARED.used;
}

export function spellingOf(holder: object): Spelling | undefined {
  return (holder as Holder)[SPELLING];
}

export function setSpelling(holder: object, spelling: Spelling | undefined): void {
  if (spelling === undefined) return;
  SHARED.used = true;
  (holder as Holder)[SPELLING] = spelling;
}

/**
 * The decimal text of the number at `holder[key]`, exactly as it was written; for a value that was computed, as it is printed.
 * `undefined` when it is not a number.
 */
export function numberText(holder: object, key: string | number): string | undefined {
  const value: unknown = Object.hasOwn(holder, key) ? (holder as Record<Key, unknown>)[key] : undefined;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof JsonNumber) return value.text;
  if (typeof value !== "number") return undefined;
  return writtenText(holder, key, value) ?? (Number.isFinite(value) ? doubleText(value) : undefined);
}

/** The value at `holder[key]`: a `JsonNumber` where its text says more than the double. */
export function exactMember(holder: object, key: string | number): JsonValue | JsonNumber | undefined {
  const value = Object.hasOwn(holder, key) ? (holder as Record<Key, JsonValue>)[key] : undefined;
  if (typeof value !== "number") return value;
  const text = writtenText(holder, key, value);
  return text === undefined ? value : new JsonNumber(text);
}

/** The text of a number whose value prints differently, while `holder[key]` still is `value`. */
export function writtenText(holder: object, key: string | number, value: number): string | undefined {
  const texts = spellingOf(holder)?.texts;
  if (texts === undefined) return undefined;
  const text = texts.get(Array.isArray(holder) ? Number(key) : String(key));
  return text !== undefined && Object.is(Number(text), value) ? text : undefined;
}

/** Adds the text of a number to a holder that is not shared, and that has its double. */
export function setText(holder: object, key: string | number, text: string): void {
  let spelling = spellingOf(holder);
  if (!(spelling instanceof OwnSpelling) || spelling.holder !== holder) {
    spelling = new OwnSpelling(holder, spelling);
    setSpelling(holder, spelling);
  }
  (spelling as OwnSpelling).texts.set(Array.isArray(holder) ? Number(key) : String(key), text);
}

/** What a holder that is being filled knows: as long as it is not shared, texts can be added. */
class OwnSpelling implements Spelling {
  readonly holder: object;
  readonly texts: Map<Key, string>;
  readonly order: Spelling["order"];

  constructor(holder: object, before: Spelling | undefined) {
    this.holder = holder;
    this.texts = new Map(before?.texts);
    this.order = before?.order;
  }
}

/** Gives a new array, whose elements were at these indexes of another one, the texts of its numbers. */
export function keepTexts(copy: readonly unknown[], original: readonly unknown[], origins: readonly number[]): void {
  const texts = spellingOf(original)?.texts;
  if (texts === undefined) return;
  const kept = new Map<Key, string>();
  for (const [index, origin] of origins.entries()) {
    const text = texts.get(origin);
    if (text !== undefined) kept.set(index, text);
  }
  setSpelling(copy, { texts: kept, order: undefined });
}

/** Gives a copy the spelling of what it was copied from, key by key or index by index. */
export function keepSpelling(copy: object, original: object): void {
  setSpelling(copy, spellingOf(original));
}

/** The members of an object in the order in which they are printed. */
export function* orderedMembers(object: { readonly [key: string]: JsonValue }): Generator<string | Repeated> {
  const order = spellingOf(object)?.order;
  if (order === undefined) {
    yield* Object.keys(object);
    return;
  }
  const { leading, after } = displacedMembers(object, order);
  yield* leading;
  for (const key of Object.keys(object)) {
    if (isIndex(key)) continue;
    yield key;
    yield* after.get(key) ?? [];
  }
  // What was added after the object was written.
  const known = new Set(order.map((member) => (typeof member === "string" ? member : member.key)));
  for (const key of Object.keys(object)) if (isIndex(key) && !known.has(key)) yield key;
}

/** The members that are not where JavaScript has them, by the key that they follow. */
function displacedMembers(object: { readonly [key: string]: JsonValue }, order: readonly (string | Repeated)[]) {
  const leading: (string | Repeated)[] = [];
  const after = new Map<string, (string | Repeated)[]>();
  let place = leading;
  for (const member of order) {
    if (typeof member === "string") {
      if (!Object.hasOwn(object, member)) continue;
      if (isIndex(member)) {
        place.push(member);
      } else {
        place = [];
        after.set(member, place);
      }
    } else if (Object.is(object[member.key], member.last)) {
      place.push(member);
    }
  }
  return { leading, after };
}

/** Whether JavaScript puts a key before those that are names: an array index. */
export function isIndex(key: string): boolean {
  const first = key.charCodeAt(0);
  if (!(first >= 0x30 && first <= 0x39) || key.length > 10) return false;
  const number = Number(key);
  return Number.isInteger(number) && number < 2 ** 32 - 1 && String(number) === key;
}
