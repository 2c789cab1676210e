import { asBuffer } from "../bytes/as-buffer.ts";
import { OutputBuffer } from "../bytes/output-buffer.ts";
import type { JsonValue } from "../contract/message.ts";
import { ElementSpans } from "./element-spans.ts";
import { parseJson, scanOrThrow } from "./json.ts";
import { JsonNumber } from "./json-number.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import { stringifyJson } from "./json-print.ts";
import { exactNumber } from "./json-reader.ts";
import { JSON_ESCAPED_TOP_KEY, MemberSpans, type MemberView, scanJson } from "./json-scan.ts";
import { keyJson, keyText } from "./key-cache.ts";
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
} from "./value-ends.ts";

/** A value within a message: decoded, a number with its digits, or a text that nobody has looked into. */
export type JsonPart = JsonValue | JsonNumber | JsonText;

const NOTHING = Buffer.alloc(0);

/**
 * A JSON value that still is its text, `bytes[start, end)`, which is valid JSON without white space around it. Steps that look at some
 * members leave all others as they are written: every digit, order, repeated keys, white space. It is never changed: an edit
 * is made in a copy. It is valid as long as its bytes.
 */
export abstract class JsonText {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** The decoded value. */
  abstract decode(): JsonValue;

  /** Appends the text. */
  writeTo(output: OutputBuffer): void {
    output.writeRange(this.bytes, this.start, this.end);
  }

  toString(): string {
    return this.toBytes().toString("utf8");
  }

  /** A copy of the text. */
  protected toBytes(): Buffer {
    const output = new OutputBuffer(this.end - this.start);
    this.writeTo(output);
    return output.bytes.subarray(0, output.position);
  }
}

/** A string, number, boolean or null. */
export class ScalarText extends JsonText {
  /** Its type, which the first character tells. */
  get type(): "string" | "number" | "boolean" | "null" {
    switch (this.bytes[this.start]) {
      case QUOTE:
        return "string";
      case 0x74:
      case 0x66:
        return "boolean";
      case 0x6e:
        return "null";
      default:
        return "number";
    }
  }

  override decode(): JsonValue {
    const value = this.exact();
    return value instanceof JsonNumber ? value.value : value;
  }

  /** The decoded value; a `JsonNumber` where the text of a number says more than its double. */
  exact(): JsonValue | JsonNumber {
    switch (this.bytes[this.start]) {
      case QUOTE:
        return stringAt(this.bytes, this.start, this.end);
      case 0x74:
        return true;
      case 0x66:
        return false;
      case 0x6e:
        return null;
      default:
        return exactNumber(this.bytes.toString("latin1", this.start, this.end));
    }
  }
}

const MEMBERS = new MemberSpans();

/** A member that was set or renamed. */
interface EditedMember {
  readonly key: string;
  /** Undefined: the value is as it was. */
  readonly part: JsonPart | undefined;
}

/** An object whose members are text until they are asked for. */
export class ObjectText extends JsonText {
  /** Three numbers a member: start and end of the key with its quotes, end of the value. Absent: not looked for yet. */
  #spans: readonly number[] | undefined;
  /** Number of members in the text. */
  #written = 0;
  /** Whether a key is spelt with an escape. */
  #escaped = false;
  /** By member: what became of it, `null` if it was removed. Members behind those of the text were added. */
  #edits: (EditedMember | null | undefined)[] | undefined;

  /** An object of new members, whose keys differ. */
  static of(members: Iterable<readonly [key: string, part: JsonPart]> = []): ObjectText {
    const object = new ObjectText(NOTHING, 0, 0, []);
    const edits: EditedMember[] = [];
    for (const [key, part] of members) edits.push({ key, part });
    object.#edits = edits;
    return object;
  }

  constructor(bytes: Buffer, start: number, end: number, spans?: readonly number[], escaped = false) {
    super(bytes, start, end);
    if (spans === undefined) return;
    this.#spans = spans;
    this.#written = spans.length / 3;
    this.#escaped = escaped;
  }

  /** A copy to be edited. */
  copy(): ObjectText {
    const copy = new ObjectText(this.bytes, this.start, this.end, this.#members(), this.#escaped);
    copy.#edits = this.#edits?.slice() ?? new Array<EditedMember | undefined>(this.#written).fill(undefined);
    return copy;
  }

  get isEmpty(): boolean {
    for (let member = 0; member < this.#length; member++) if (this.#edits?.[member] !== null) return false;
    return true;
  }

  /** Whether a member is an object. */
  get hasObject(): boolean {
    for (let member = 0; member < this.#length; member++) {
      const edit = this.#edits?.[member];
      if (edit === null) continue;
      if (edit?.part === undefined ? this.bytes[this.#valueStart(member)] === OPEN_OBJECT : isObjectPart(edit.part))
        return true;
    }
    return false;
  }

  has(key: string): boolean {
    return this.#find(key, this.#length) >= 0;
  }

  /** The last member of this key. */
  get(key: string): JsonPart | undefined {
    const member = this.#find(key, this.#length);
    return member < 0 ? undefined : this.#part(member);
  }

  /** Key and value of every member, repeated keys included. */
  *entries(): Generator<readonly [key: string, part: JsonPart]> {
    for (let member = 0; member < this.#length; member++) {
      if (this.#edits?.[member] !== null) yield [this.#key(member), this.#part(member)];
    }
  }

  /** Sets a member of a copy: in the place of the last one of this key, whose others are removed, or behind all. */
  set(key: string, part: JsonPart): void {
    const member = this.#only(key);
    if (member < 0) this.#edits!.push({ key, part });
    else this.#edits![member] = { key, part };
  }

  /** Removes all members of a key from a copy. */
  delete(key: string): void {
    const member = this.#only(key);
    if (member >= 0) this.#edits![member] = null;
  }

  /** Keeps those members of a copy whose key and value pass the test. Whether any was removed. */
  select(keep: (key: string, part: () => JsonPart) => boolean): boolean {
    let removed = false;
    let member = 0;
    const part = (): JsonPart => this.#part(member);
    for (; member < this.#length; member++) {
      if (this.#edits![member] === null || keep(this.#key(member), part)) continue;
      this.#edits![member] = null;
      removed = true;
    }
    return removed;
  }

  /** Gives members of a copy other names, all at once; of a repeated key only the last one is kept. `rename` is asked once a member. */
  rename(rename: (key: string) => string | undefined): void {
    const renamed: [member: number, key: string][] = [];
    for (let member = this.#length - 1; member >= 0; member--) {
      if (this.#edits![member] === null) continue;
      const key = this.#key(member);
      const name = rename(key);
      if (name === key) continue;
      this.#only(key);
      if (name === undefined) this.#edits![member] = null;
      else renamed.push([member, name]);
    }
    for (const [member, key] of renamed) this.#edits![member] = { key, part: this.#edits![member]?.part };
  }

  override decode(): JsonValue {
    return this.#edits === undefined ? parseJson(this.bytes, this.start, this.end) : parseJson(this.toBytes());
  }

  override writeTo(output: OutputBuffer): void {
    if (this.#edits === undefined) {
      super.writeTo(output);
      return;
    }
    output.writeByte(OPEN_OBJECT);
    const first = output.position;
    for (let member = 0; member < this.#length; ) {
      const edit = this.#edits[member];
      if (edit === null) {
        member++;
        continue;
      }
      if (output.position > first) output.writeByte(COMMA);
      if (edit === undefined) member = this.#writeUntouched(member, output);
      else this.#writeEdited(member++, edit, output);
    }
    output.writeByte(CLOSE_OBJECT);
  }

  /** Members side by side that nobody touched, in one piece with what is between them. Returns the member behind them. */
  #writeUntouched(from: number, output: OutputBuffer): number {
    const spans = this.#spans!;
    let member = from + 1;
    while (member < this.#written && this.#edits![member] === undefined) member++;
    output.writeRange(this.bytes, spans[from * 3]!, spans[member * 3 - 1]!);
    return member;
  }

  #writeEdited(member: number, { key, part }: EditedMember, output: OutputBuffer): void {
    const isWritten = member < this.#written;
    const spans = this.#spans!;
    const json = keyJson(key);
    if (isWritten && this.#hasKey(member, key, json))
      output.writeRange(this.bytes, spans[member * 3]!, spans[member * 3 + 1]!);
    else output.writeRange(json, 0, json.length);
    if (part === undefined) {
      output.writeRange(this.bytes, spans[member * 3 + 1]!, spans[member * 3 + 2]!);
    } else {
      output.writeByte(COLON);
      writePart(part, output);
    }
  }

  /** Number of members, removed ones included. */
  get #length(): number {
    this.#members();
    return this.#edits?.length ?? this.#written;
  }

  #members(): readonly number[] {
    if (this.#spans === undefined) {
      const result = scanJson(this.bytes, this.start, this.end, MEMBERS);
      this.#written = MEMBERS.length;
      this.#spans = numbersOf(MEMBERS);
      this.#escaped = (result & JSON_ESCAPED_TOP_KEY) !== 0;
    }
    return this.#spans;
  }

  /** The last member of a key before `end`; −1 if there is none. */
  #find(key: string, end: number): number {
    const json = keyJson(key);
    for (let member = end - 1; member >= 0; member--) {
      const edit = this.#edits?.[member];
      if (edit === undefined ? this.#hasKey(member, key, json) : edit !== null && edit.key === key) return member;
    }
    return -1;
  }

  /** The last member of a key, after all others of that key were removed. */
  #only(key: string): number {
    const last = this.#find(key, this.#length);
    for (let member = this.#find(key, last); member >= 0; member = this.#find(key, member)) this.#edits![member] = null;
    return last;
  }

  /** Where nothing is escaped, a key is its JSON byte by byte. */
  #hasKey(member: number, key: string, json: Buffer): boolean {
    if (this.#escaped) return this.#writtenKey(member) === key;
    const start = this.#spans![member * 3]!;
    if (this.#spans![member * 3 + 1]! - start !== json.length) return false;
    for (let index = 1; index < json.length; index++) if (this.bytes[start + index] !== json[index]) return false;
    return true;
  }

  #writtenKey(member: number): string {
    const start = this.#spans![member * 3]!;
    const end = this.#spans![member * 3 + 1]!;
    return this.#escaped ? stringAt(this.bytes, start, end) : keyText(this.bytes, start + 1, end - 1);
  }

  #key(member: number): string {
    return this.#edits?.[member]?.key ?? this.#writtenKey(member);
  }

  #part(member: number): JsonPart {
    const part = this.#edits?.[member]?.part;
    if (part !== undefined) return part;
    return textAt(this.bytes, this.#valueStart(member), this.#spans![member * 3 + 2]!);
  }

  #valueStart(member: number): number {
    let at = this.#spans![member * 3 + 1]!;
    while (this.bytes[at] !== COLON) at++;
    at++;
    while (this.bytes[at]! <= SPACE) at++;
    return at;
  }
}

const ELEMENTS = new ElementSpans();

/** An array whose elements are text until they are asked for. */
export class ArrayText extends JsonText {
  #parts: JsonPart[] | undefined;
  #edited = false;

  /** An array of these elements. */
  static of(parts: JsonPart[]): ArrayText {
    const array = new ArrayText(NOTHING, 0, 0);
    array.#parts = parts;
    array.#edited = true;
    return array;
  }

  get parts(): readonly JsonPart[] {
    if (this.#parts === undefined) {
      ELEMENTS.find(this.bytes, this.start);
      this.#parts = Array.from({ length: ELEMENTS.length }, (_, index) =>
        textAt(this.bytes, ELEMENTS.spans[index * 2]!, ELEMENTS.spans[index * 2 + 1]!),
      );
    }
    return this.#parts;
  }

  override decode(): JsonValue {
    return this.#edited ? parseJson(this.toBytes()) : parseJson(this.bytes, this.start, this.end);
  }

  override writeTo(output: OutputBuffer): void {
    if (!this.#edited) {
      super.writeTo(output);
      return;
    }
    output.writeByte(OPEN_ARRAY);
    for (const [index, part] of this.parts.entries()) {
      if (index > 0) output.writeByte(COMMA);
      writePart(part, output);
    }
    output.writeByte(CLOSE_ARRAY);
  }
}

/** The JSON text `bytes[start, end)`, not decoded. Throws as `parseJson`. */
export function openJson(bytes: Uint8Array, start = 0, end = bytes.length): JsonText {
  return openScannedJson(bytes, start, end, scanOrThrow(bytes, start, end, MEMBERS), MEMBERS);
}

/** The same for a text in which a scan has found these bits and, if it is an object, these members. */
export function openScannedJson(
  bytes: Uint8Array,
  start: number,
  end: number,
  bits: number,
  members: MemberView,
): JsonText {
  const buffer = asBuffer(bytes);
  let from = start;
  while (buffer[from]! <= SPACE) from++;
  let to = end;
  while (buffer[to - 1]! <= SPACE) to--;
  if (buffer[from] !== OPEN_OBJECT) return textAt(buffer, from, to);
  return new ObjectText(buffer, from, to, numbersOf(members), (bits & JSON_ESCAPED_TOP_KEY) !== 0);
}

/** A copy of what a scan found. An array, because it is made faster than a typed one. */
function numbersOf({ spans, first, length }: MemberView): readonly number[] {
  const numbers: number[] = [];
  for (let place = first * 3; place < (first + length) * 3; place++) numbers.push(spans[place]!);
  return numbers;
}

/** The string whose quotes are at `start` and before `end`. */
function stringAt(bytes: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (bytes[at]! >= 0x80 || bytes[at] === BACKSLASH) return JSON.parse(bytes.toString("utf8", start, end)) as string;
  }
  return bytes.toString("latin1", start + 1, end - 1);
}

/** Appends the JSON of a part. */
export function writePart(part: JsonPart, output: OutputBuffer): void {
  if (part instanceof JsonText) part.writeTo(output);
  else output.writeText(typeof part === "string" ? JSON.stringify(part) : simpleText(part));
}

function simpleText(part: Exclude<JsonPart, string | JsonText>): string {
  return Number.isSafeInteger(part) || typeof part === "boolean" ? String(part) : stringifyJson(part);
}

/** Whether a part is an object, decoded or not. */
export function isObjectPart(part: unknown): part is JsonObject | ObjectText {
  if (part instanceof JsonText) return part instanceof ObjectText;
  return isJsonObject(part) && !(part instanceof JsonNumber);
}

function textAt(bytes: Buffer, start: number, end: number): JsonText {
  const first = bytes[start];
  if (first === OPEN_OBJECT) return new ObjectText(bytes, start, end);
  return first === OPEN_ARRAY ? new ArrayText(bytes, start, end) : new ScalarText(bytes, start, end);
}
