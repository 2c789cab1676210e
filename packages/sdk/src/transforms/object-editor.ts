import { copyRange } from "../bytes/copy-range.ts";
import type { OutputBuffer } from "../bytes/output-buffer.ts";
import { JSON_ESCAPED_TOP_KEY, JSON_OBJECT, MemberSpans, scanJson } from "../codecs/json-scan.ts";
import type { FieldEdit } from "./field-edit.ts";
import { type NetEdit, netEdits } from "./net-edit.ts";
import type { FieldValue } from "./values/field-value.ts";

/** What `ObjectEditor.edit` did. */
export const EditOutcome = {
  /** The result was written behind `output.position`. */
  changed: 0,
  unchanged: 1,
  /** The payload is not JSON. */
  invalid: 2,
  /** A key is spelt with an escape: only the decoded value tells which key it is. */
  undecided: 3,
} as const;
export type EditOutcome = (typeof EditOutcome)[keyof typeof EditOutcome];

const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const NONE = -1;
const SLOTS = 256;

/**
 * Applies edits to the bytes of a JSON object without decoding it: one scan that validates and finds the members, then
 * everything that stays is copied as it is, white space included, and new members are spliced in. The result parses to what
 * `editValue` makes of the parsed input.
 */
export class ObjectEditor {
  /** In the order in which new members are appended. */
  readonly #edits: readonly NetEdit[];
  /** Hash table of the keys: the first edit of each slot, and for each edit the next of its slot. */
  readonly #slots = new Int32Array(SLOTS).fill(NONE);
  readonly #nextInSlot: Int32Array;
  /** Whether every object changes, whatever its members are. */
  readonly #setsFields: boolean;
  /** The most bytes by which a result is longer than its input. */
  readonly addedBytes: number;
  readonly #members = new MemberSpans();
  /** Members of the present object that an edit concerns, ascending, two numbers each: the member and the edit. */
  #hits = new Int32Array(2 * 64);
  #hitCount = 0;
  /** Per edit: the number of the object whose member it last replaced. */
  readonly #replacedIn: Float64Array;
  #objects = 0;

  /** Undefined: there are edits that it cannot make. */
  static of(edits: readonly FieldEdit[]): ObjectEditor | undefined {
    const simple = edits.every((edit) => edit.kind === "remove" || (edit.kind === "set" && isAlways(edit)));
    return simple ? new ObjectEditor(edits) : undefined;
  }

  constructor(edits: readonly FieldEdit[]) {
    this.#edits = netEdits(edits);
    this.#nextInSlot = new Int32Array(this.#edits.length);
    for (const [index, { key }] of this.#edits.entries()) {
      const slot = slotOf(key, 0, key.length);
      this.#nextInSlot[index] = this.#slots[slot]!;
      this.#slots[slot] = index;
    }
    this.#setsFields = this.#edits.some(({ value }) => value !== undefined);
    this.addedBytes = this.#edits.reduce((sum, { prefix, value }) => sum + prefix.length + (value?.maxBytes ?? 0), 2);
    this.#replacedIn = new Float64Array(this.#edits.length);
  }

  /** Edits the payload `bytes[start, end)`. A result is what `output` gained. */
  edit(bytes: Buffer, start: number, end: number, output: OutputBuffer): EditOutcome {
    const result = scanJson(bytes, start, end, this.#members);
    if (result < 0) return EditOutcome.invalid;
    if ((result & JSON_OBJECT) === 0) return EditOutcome.unchanged;
    if ((result & JSON_ESCAPED_TOP_KEY) !== 0) return EditOutcome.undecided;
    this.#match(bytes);
    if (this.#hitCount === 0 && !this.#setsFields) return EditOutcome.unchanged;
    output.reserve(end - start + this.addedBytes);
    output.position = this.#splice(bytes, output.bytes, output.position);
    return EditOutcome.changed;
  }

  /** Finds the members that an edit concerns. */
  #match(bytes: Buffer): void {
    const { spans, length } = this.#members;
    if (length * 2 > this.#hits.length) this.#hits = new Int32Array(length * 4);
    const hits = this.#hits;
    const slots = this.#slots;
    let count = 0;
    for (let member = 0; member < length; member++) {
      const start = spans[member * 3]! + 1;
      const end = spans[member * 3 + 1]! - 1;
      let edit = slots[slotOf(bytes, start, end)]!;
      while (edit !== NONE && !sameBytes(bytes, start, end, this.#edits[edit]!.key)) edit = this.#nextInSlot[edit]!;
      if (edit === NONE) continue;
      hits[count * 2] = member;
      hits[count * 2 + 1] = edit;
      count++;
    }
    this.#hitCount = count;
  }

  /** Writes the edited object; members that stay side by side are copied in one piece, with what is between them. */
  #splice(source: Buffer, target: Uint8Array, start: number): number {
    const { spans, length } = this.#members;
    const edits = this.#edits;
    const hits = this.#hits;
    const replacedIn = this.#replacedIn;
    const object = ++this.#objects;
    target[start] = OPEN_OBJECT;
    const first = start + 1;
    let at = first;
    let next = 0;
    for (let hit = 0; hit <= this.#hitCount; hit++) {
      const member = hit < this.#hitCount ? hits[hit * 2]! : length;
      if (member > next) {
        if (at !== first) target[at++] = COMMA;
        at = copyRange(source, spans[next * 3]!, spans[member * 3 - 1]!, target, at);
      }
      if (member === length) break;
      next = member + 1;
      const index = hits[hit * 2 + 1]!;
      const edit = edits[index]!;
      // Of a repeated key the first is replaced and the others go, as in the decoded object.
      if (edit.value === undefined || !edit.inPlace || replacedIn[index] === object) continue;
      replacedIn[index] = object;
      at = writeMember(edit.prefix, edit.value, target, at, at === first);
    }
    for (let index = 0; index < edits.length; index++) {
      const { prefix, value } = edits[index]!;
      if (value !== undefined && replacedIn[index] !== object)
        at = writeMember(prefix, value, target, at, at === first);
    }
    target[at] = CLOSE_OBJECT;
    return at + 1;
  }
}

/** Writes `,"key":value`; the first member of its object without the comma. */
function writeMember(prefix: Buffer, value: FieldValue, target: Uint8Array, at: number, first: boolean): number {
  return value.write(target, copyRange(prefix, first ? 1 : 0, prefix.length, target, at));
}

/** A cheap hash of a key's bytes: most keys of a message find an empty slot. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  return ((end - start) * 31 + bytes[start]! * 7 + bytes[end - 1]!) % SLOTS;
}

function sameBytes(bytes: Uint8Array, start: number, end: number, key: Buffer): boolean {
  if (end - start !== key.length) return false;
  for (let index = 0; index < key.length; index++) if (bytes[start + index] !== key[index]) return false;
  return true;
}

function isAlways({ condition = "always" }: { readonly condition?: string }): boolean {
  return condition === "always";
}
