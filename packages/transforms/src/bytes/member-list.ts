import type { MemberView } from "@iggy-connectors/sdk/internal";
import type { EditRecipe } from "./edit-recipe.ts";
import { KeyTable } from "./key-table.ts";

const COLON = 0x3a;
const COMMA = Buffer.from(",");
const OPEN_OBJECT = Buffer.from("{");
const CLOSE_OBJECT = Buffer.from("}");
const NONE = -1;
/** Up to this many keys that no edit names are cached, so that each is decoded once. */
const MAX_SEEN = 256;

/** A key as JSON: with quotes, and with the comma and colon around it. */
interface Spelling {
  readonly text: Buffer;
  /** `,"key":` */
  readonly prefix: Buffer;
}

/**
 * The members of one JSON object while it is edited: original ones and new ones, under their original or a new name. One list is used for
 * all objects; nothing is allocated per member.
 */
export class MemberList {
  readonly #keys: KeyTable;
  readonly #added: number;
  readonly #spellings: readonly Spelling[];
  readonly #seen = new KeyTable();
  #original: Buffer = Buffer.alloc(0);
  /** As `MemberView` says; the first member is at `#first`. */
  #spans: Int32Array = new Int32Array(0);
  #first = 0;
  #originalLength = 0;
  #length = 0;
  #changed = false;
  /** By member: the number of its key if edits name it, whether it still exists, its new value, and its new name. */
  #numbers = new Int32Array(64);
  #alive = new Uint8Array(64);
  #news = new Int32Array(64);
  #names = new Int32Array(64);
  /** By key: its member in the current object. */
  readonly #places: Int32Array;

  /** `values`: how many members edits may add. */
  constructor(keys: KeyTable, spellings: readonly Spelling[], values: number) {
    this.#keys = keys;
    this.#spellings = spellings;
    this.#added = values;
    this.#places = new Int32Array(spellings.length);
  }

  get changed(): boolean {
    return this.#changed;
  }

  /** Begins with an object. False: a key that edits name occurs twice, so that the object has to be decoded. */
  begin(original: Buffer, { spans, first, length }: MemberView): boolean {
    this.#original = original;
    this.#spans = spans;
    this.#first = first * 3;
    this.#originalLength = length;
    this.#length = length;
    this.#changed = false;
    const room = length + this.#added;
    if (room > this.#numbers.length) this.#grow(room);
    const keys = this.#keys;
    const places = this.#places;
    const numbers = this.#numbers;
    const alive = this.#alive;
    const news = this.#news;
    const names = this.#names;
    // Loops: for so few elements a call into native code costs more.
    for (let key = 0; key < places.length; key++) places[key] = NONE;
    for (let member = 0; member < length; member++) {
      alive[member] = 1;
      news[member] = NONE;
      names[member] = NONE;
      const span = (first + member) * 3;
      const number = keys.find(original, spans[span]! + 1, spans[span + 1]! - 1);
      numbers[member] = number;
      if (number === NONE) continue;
      if (places[number] !== NONE) return false;
      places[number] = member;
    }
    return true;
  }

  has(key: number): boolean {
    return this.#places[key] !== NONE;
  }

  /** Sets `place` to the range of a member's value in the original bytes. False: it is a new value. */
  locate(key: number, place: { start: number; end: number }): boolean {
    const member = this.#places[key]!;
    if (member >= this.#originalLength || this.#news[member] !== NONE) return false;
    // Only white space and the colon are between key and value.
    const span = this.#first + member * 3;
    let at = this.#spans[span + 1]!;
    while (this.#original[at] !== COLON) at++;
    place.start = at + 1;
    place.end = this.#spans[span + 2]!;
    return true;
  }

  set(key: number, value: number): void {
    this.#changed = true;
    const member = this.#places[key]!;
    if (member !== NONE) {
      this.#news[member] = value;
      return;
    }
    const added = this.#length++;
    if (added >= this.#numbers.length) this.#grow(added + 1);
    this.#numbers[added] = key;
    this.#alive[added] = 1;
    this.#news[added] = value;
    this.#names[added] = key;
    this.#places[key] = added;
  }

  remove(key: number): void {
    const member = this.#places[key]!;
    if (member === NONE) return;
    this.#alive[member] = 0;
    this.#places[key] = NONE;
    this.#changed = true;
  }

  /** Whether a rename would give a name to a second member. */
  conflicts(pairs: Int32Array): boolean {
    const places = this.#places;
    for (let index = 0; index < pairs.length; index += 2) {
      const to = pairs[index + 1]!;
      if (places[pairs[index]!] === NONE) continue;
      let isFree = places[to] === NONE;
      for (let other = 0; other < pairs.length; other += 2) {
        if (places[pairs[other]!] === NONE || other === index) continue;
        if (pairs[other + 1] === to) return true;
        if (pairs[other] === to) isFree = true;
      }
      if (!isFree) return true;
    }
    return false;
  }

  /** Renames all at once, if nothing conflicts: `pairs` has the current and the new key of each member in turn. */
  rename(pairs: Int32Array, moved: Int32Array): void {
    const places = this.#places;
    for (let index = 0; index < pairs.length; index += 2) {
      const from = pairs[index]!;
      moved[index >> 1] = places[from]!;
      places[from] = NONE;
    }
    for (let index = 0; index < pairs.length; index += 2) {
      const member = moved[index >> 1]!;
      const to = pairs[index + 1]!;
      if (member === NONE) continue;
      places[to] = member;
      this.#numbers[member] = to;
      this.#names[member] = to;
      this.#changed = true;
    }
  }

  select(keep: (key: string) => boolean): void {
    for (let member = 0; member < this.#length; member++) {
      if (this.#alive[member] === 0 || keep(this.#keyOf(member))) continue;
      this.#alive[member] = 0;
      this.#changed = true;
      const number = this.#numbers[member]!;
      if (number !== NONE) this.#places[number] = NONE;
    }
  }

  /** Records how the edited object is written. Adjacent unchanged members are copied in one piece, with what is between them. */
  record(recipe: EditRecipe): void {
    recipe.begin();
    recipe.literal(OPEN_OBJECT);
    let isFirst = true;
    let member = 0;
    while (member < this.#length) {
      if (this.#alive[member] === 0) {
        member++;
        continue;
      }
      const from = member;
      while (member < this.#originalLength && this.#isUntouched(member)) member++;
      if (member > from) {
        if (!isFirst) recipe.literal(COMMA);
        recipe.copy(from * 3, member * 3 - 1);
      } else {
        this.#recordMember(member, recipe, isFirst);
        member++;
      }
      isFirst = false;
    }
    recipe.literal(CLOSE_OBJECT);
  }

  #isUntouched(member: number): boolean {
    return this.#alive[member] === 1 && this.#news[member] === NONE && this.#names[member] === NONE;
  }

  #recordMember(member: number, recipe: EditRecipe, isFirst: boolean): void {
    const value = this.#news[member]!;
    if (value !== NONE) {
      recipe.literal(this.#spellings[this.#numbers[member]!]!.prefix, isFirst ? 1 : 0);
      recipe.value(value);
      return;
    }
    if (!isFirst) recipe.literal(COMMA);
    recipe.literal(this.#spellings[this.#names[member]!]!.text);
    recipe.copy(member * 3 + 1, member * 3 + 2);
  }

  #keyOf(member: number): string {
    const number = this.#numbers[member]!;
    if (number !== NONE) return this.#keys.keys[number]!;
    const span = this.#first + member * 3;
    const start = this.#spans[span]! + 1;
    const end = this.#spans[span + 1]! - 1;
    const seen = this.#seen.find(this.#original, start, end);
    if (seen !== NONE) return this.#seen.keys[seen]!;
    const key = this.#original.toString("utf8", start, end);
    if (this.#seen.keys.length < MAX_SEEN) this.#seen.number(key);
    return key;
  }

  #grow(needed: number): void {
    const length = Math.max(needed, this.#numbers.length * 2);
    this.#numbers = extended(this.#numbers, new Int32Array(length));
    this.#alive = extended(this.#alive, new Uint8Array(length));
    this.#news = extended(this.#news, new Int32Array(length));
    this.#names = extended(this.#names, new Int32Array(length));
  }
}

function extended<Numbers extends Uint8Array | Int32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
