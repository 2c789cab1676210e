import { asBuffer } from "../bytes/as-buffer.ts";
import { copyRange } from "../bytes/copy-range.ts";
import type { OutputBuffer } from "../bytes/output-buffer.ts";
import { stringifyJson } from "../codecs/json.ts";
import { JSON_ESCAPED_TOP_KEY, JSON_OBJECT, MemberSpans, scanJson } from "../codecs/json-scan.ts";
import type { FieldEdit } from "./field-edit.ts";
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

/** What a chain of edits means for one key in the end. */
interface NetEdit {
  readonly key: Buffer;
  /** `"key":`, what is written before a value. */
  readonly prefix: Buffer;
  /** Absent: the key is removed. */
  readonly value: FieldValue | undefined;
  /** Whether a present member is replaced in its place; else it is removed, and a value goes to the end. */
  readonly inPlace: boolean;
}

/**
 * Applies edits to the bytes of a JSON object without decoding it: one scan that validates and finds the members, then
 * everything that stays is copied as it is, white space included, and new members are spliced in. The result parses to what
 * `editValue` makes of the parsed input.
 */
export class ObjectEditor {
  /** In the order in which new members are appended. */
  readonly #edits: readonly NetEdit[];
  /** Indexes of the edits whose key has this many bytes. */
  readonly #byLength: readonly (readonly number[] | undefined)[];
  /** Whether every object changes, whatever its members are. */
  readonly #setsFields: boolean;
  /** The most bytes by which a result is longer than its input. */
  readonly addedBytes: number;
  readonly #members = new MemberSpans();
  /** Per edit: the number of the scan that last met its key in place. */
  readonly #metIn: Float64Array;
  /** Per member of the present object: the edit that concerns it, or `NONE`. */
  #editOf = new Int32Array(64);
  #scans = 0;

  constructor(edits: readonly FieldEdit[]) {
    this.#edits = netEdits(edits);
    const byLength: number[][] = [];
    for (const [index, edit] of this.#edits.entries()) {
      const sameLength = byLength[edit.key.length] ?? [];
      byLength[edit.key.length] = sameLength;
      sameLength.push(index);
    }
    this.#byLength = Array.from(byLength);
    this.#setsFields = this.#edits.some(({ value }) => value !== undefined);
    this.addedBytes = this.#edits.reduce(
      (sum, { prefix, value }) => sum + prefix.length + (value?.maxBytes ?? 0) + 1,
      2,
    );
    this.#metIn = new Float64Array(this.#edits.length);
  }

  /** Edits the payload `bytes[start, end)`. A result is what `output` gained. */
  edit(bytes: Uint8Array, start: number, end: number, output: OutputBuffer): EditOutcome {
    const result = scanJson(bytes, start, end, this.#members);
    if (result < 0) return EditOutcome.invalid;
    if ((result & JSON_OBJECT) === 0) return EditOutcome.unchanged;
    if ((result & JSON_ESCAPED_TOP_KEY) !== 0) return EditOutcome.undecided;
    if (!this.#match(bytes)) return EditOutcome.unchanged;
    output.reserve(end - start + this.addedBytes);
    output.position = this.#splice(asBuffer(bytes), output.bytes, output.position);
    return EditOutcome.changed;
  }

  /** Finds the edit of every member; false when nothing is to do. */
  #match(bytes: Uint8Array): boolean {
    const { spans, length } = this.#members;
    if (length > this.#editOf.length) this.#editOf = new Int32Array(length * 2);
    const edits = this.#edits;
    this.#scans++;
    let work = false;
    for (let member = 0; member < length; member++) {
      const keyStart = spans[member * 3]! + 1;
      const keyLength = spans[member * 3 + 1]! - 1 - keyStart;
      let found = NONE;
      const candidates = keyLength < this.#byLength.length ? this.#byLength[keyLength] : undefined;
      if (candidates !== undefined) {
        for (let index = 0; index < candidates.length; index++) {
          if (sameBytes(bytes, keyStart, edits[candidates[index]!]!.key)) {
            found = candidates[index]!;
            work = true;
            break;
          }
        }
      }
      this.#editOf[member] = found;
    }
    return work || this.#setsFields;
  }

  /** Writes the edited object; members that stay side by side are copied in one piece. */
  #splice(source: Buffer, target: Uint8Array, start: number): number {
    const { spans, length } = this.#members;
    const edits = this.#edits;
    const scan = this.#scans;
    let at = start;
    target[at++] = OPEN_OBJECT;
    const first = at;
    let keptFrom = NONE;
    let keptTo = NONE;
    for (let member = 0; member <= length; member++) {
      const index = member < length ? this.#editOf[member]! : NONE;
      if (member < length && index === NONE) {
        if (keptFrom === NONE) keptFrom = spans[member * 3]!;
        keptTo = spans[member * 3 + 2]!;
        continue;
      }
      if (keptFrom !== NONE) {
        if (at !== first) target[at++] = COMMA;
        at = copyRange(source, keptFrom, keptTo, target, at);
        keptFrom = NONE;
      }
      if (index === NONE) break;
      const edit = edits[index]!;
      // Of a repeated key the first is replaced and the others go, as in the decoded object.
      if (edit.value === undefined || !edit.inPlace || this.#metIn[index] === scan) continue;
      this.#metIn[index] = scan;
      if (at !== first) target[at++] = COMMA;
      at = writeMember(edit, edit.value, target, at);
    }
    for (let index = 0; index < edits.length; index++) {
      const edit = edits[index]!;
      if (edit.value === undefined || this.#metIn[index] === scan) continue;
      if (at !== first) target[at++] = COMMA;
      at = writeMember(edit, edit.value, target, at);
    }
    target[at] = CLOSE_OBJECT;
    return at + 1;
  }
}

function writeMember(edit: NetEdit, value: FieldValue, target: Uint8Array, at: number): number {
  return value.write(target, copyRange(edit.prefix, 0, edit.prefix.length, target, at));
}

function sameBytes(bytes: Uint8Array, start: number, key: Buffer): boolean {
  for (let index = 0; index < key.length; index++) if (bytes[start + index] !== key[index]) return false;
  return true;
}

/**
 * The last edit of a key decides its value. A key that was removed before it was set anew loses its place; the order of new
 * members is that of the first setting after the last removal.
 */
function netEdits(edits: readonly FieldEdit[]): readonly NetEdit[] {
  const byKey = new Map<string, NetEdit>();
  for (const edit of edits) {
    const { key } = edit;
    const before = byKey.get(key);
    const spelling = { key: Buffer.from(key), prefix: Buffer.from(`${stringifyJson(key)}:`) };
    if (edit.kind === "remove") {
      byKey.delete(key);
      byKey.set(key, { ...spelling, value: undefined, inPlace: false });
    } else if (before?.value === undefined) {
      byKey.delete(key);
      byKey.set(key, { ...spelling, value: edit.value, inPlace: before === undefined });
    } else {
      byKey.set(key, { ...before, value: edit.value });
    }
  }
  return [...byKey.values()];
}
