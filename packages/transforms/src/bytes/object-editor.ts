import type { OutputBuffer } from "@iggy-connectors/sdk";
import { parseJson, stringifyJson } from "@iggy-connectors/sdk";
import type { JsonObject } from "@iggy-connectors/sdk/internal";
import {
  JSON_ESCAPED_TOP_KEY,
  JSON_OBJECT,
  JSON_SAME_KEYS,
  type MemberView,
  setMember,
} from "@iggy-connectors/sdk/internal";
import type { FieldEdit } from "../definition/field-edit.ts";
import type { FieldValue } from "../values/field-value.ts";
import { EditRecipe } from "./edit-recipe.ts";
import { KeyTable } from "./key-table.ts";
import { MemberList } from "./member-list.ts";

/** What `ObjectEditor.edit` did. */
export const EditOutcome = {
  /** The result was appended to the output. */
  changed: 0,
  unchanged: 1,
  /** The payload has to be decoded: the result, or an error, depends on the value. */
  undecided: 2,
  /** An edit filters the message: `filteredBy` is its index. */
  filtered: 3,
} as const;
export type EditOutcome = (typeof EditOutcome)[keyof typeof EditOutcome];

/** An edit with its keys as numbers. */
type Step =
  | { readonly kind: "set"; readonly key: number; readonly value: number; readonly present: boolean | undefined }
  | { readonly kind: "remove"; readonly keys: Int32Array }
  | { readonly kind: "rename"; readonly pairs: Int32Array; readonly moved: Int32Array }
  | { readonly kind: "select"; keep(key: string): boolean }
  | { readonly kind: "require"; readonly keys: Int32Array; test(object: JsonObject): boolean };

/**
 * Applies edits to the bytes of a JSON object without decoding it: a scan has validated it and found the members, unchanged parts are
 * copied, white space included, and new members are inserted. How that is done is kept for the objects that follow with the same keys. The
 * result parses to the same value as `editValue` returns for the
 * parsed input; a property test compares both.
 */
export class ObjectEditor {
  readonly #keys = new KeyTable();
  readonly #steps: readonly Step[];
  readonly #list: MemberList;
  readonly #recipe: EditRecipe;
  /** What became of the last payload. */
  #outcome: EditOutcome = EditOutcome.undecided;
  /** Whether an edit filters messages: then payloads that are not objects have to be decoded. */
  readonly #requires: boolean;
  readonly #place = { start: 0, end: 0 };
  /** The most bytes by which a result can be longer than its input. */
  readonly addedBytes: number;
  /** Index of the edit that filtered the last message. */
  filteredBy = 0;

  constructor(edits: readonly FieldEdit[]) {
    const values: FieldValue[] = [];
    this.#steps = edits.map((edit) => this.#compile(edit, values));
    this.#requires = edits.some(({ kind }) => kind === "require");
    const spellings = this.#keys.keys.map((key) => {
      const text = Buffer.from(stringifyJson(key));
      return { text, prefix: Buffer.concat([Buffer.from(","), text, Buffer.from(":")]) };
    });
    this.#list = new MemberList(this.#keys, spellings, values.length);
    this.#recipe = new EditRecipe(values);
    const longest = spellings.map(({ prefix }) => prefix.length);
    const renames = this.#steps.flatMap((step) => (step.kind === "rename" ? [...step.pairs] : []));
    const sets = this.#steps.flatMap((step) => (step.kind === "set" ? [step] : []));
    this.addedBytes =
      2 +
      sets.reduce((sum, { key, value }) => sum + longest[key]! + values[value]!.maxBytes, 0) +
      renames.reduce((sum, key) => sum + longest[key]!, 0);
  }

  /**
   * Edits the payload `bytes[start, end)`, in which a scan has found `bits` and, if it is an object, these members. `JSON_SAME_KEYS` among
   * the bits refers to the payload that was edited before. A result is appended to `output`.
   */
  edit(
    bytes: Buffer,
    start: number,
    end: number,
    bits: number,
    members: MemberView,
    output: OutputBuffer,
  ): EditOutcome {
    // Without a test of values the keys alone decide.
    if ((bits & JSON_SAME_KEYS) === 0 || this.#requires) this.#outcome = this.#editMembers(bytes, bits, members);
    const outcome = this.#outcome;
    if (outcome === EditOutcome.changed) {
      output.reserve(end - start + this.addedBytes);
      output.position = this.#recipe.write(bytes, members.spans, members.first * 3, output.bytes, output.position);
    }
    return outcome;
  }

  /** Applies the edits to the members, and records how the result is written. */
  #editMembers(bytes: Buffer, bits: number, members: MemberView): EditOutcome {
    if ((bits & JSON_OBJECT) === 0) return this.#requires ? EditOutcome.undecided : EditOutcome.unchanged;
    if ((bits & JSON_ESCAPED_TOP_KEY) !== 0) return EditOutcome.undecided;
    const list = this.#list;
    if (!list.begin(bytes, members)) return EditOutcome.undecided;
    for (let index = 0; index < this.#steps.length; index++) {
      const step = this.#steps[index]!;
      switch (step.kind) {
        case "set":
          if (step.present === undefined || list.has(step.key) === step.present) list.set(step.key, step.value);
          break;
        case "remove":
          for (let key = 0; key < step.keys.length; key++) list.remove(step.keys[key]!);
          break;
        case "rename":
          // Who has the name is decided where the values are at hand.
          if (list.conflicts(step.pairs)) return EditOutcome.undecided;
          list.rename(step.pairs, step.moved);
          break;
        case "select":
          list.select(step.keep);
          break;
        case "require": {
          const passes = this.#test(step, bytes);
          if (passes === undefined) return EditOutcome.undecided;
          if (passes) break;
          this.filteredBy = index;
          return EditOutcome.filtered;
        }
      }
    }
    if (!list.changed) return EditOutcome.unchanged;
    list.record(this.#recipe);
    return EditOutcome.changed;
  }

  /** Decodes only the members that the test reads. Undefined: it depends on a new value, or throws. */
  #test({ keys, test }: Extract<Step, { kind: "require" }>, bytes: Buffer): boolean | undefined {
    const object: JsonObject = {};
    const place = this.#place;
    for (const key of keys) {
      if (!this.#list.has(key)) continue;
      if (!this.#list.locate(key, place)) return undefined;
      setMember(object, this.#keys.keys[key]!, parseJson(bytes, place.start, place.end));
    }
    try {
      return test(object);
    } catch {
      // The same error is thrown again for the decoded value, where it is reported.
      return undefined;
    }
  }

  #compile(edit: FieldEdit, values: FieldValue[]): Step {
    const numbers = (keys: Iterable<string>) => Int32Array.from(keys, (key) => this.#keys.number(key));
    switch (edit.kind) {
      case "set": {
        const { key, value, condition = "always" } = edit;
        const present = condition === "always" ? undefined : condition === "key_exists";
        return { kind: "set", key: this.#keys.number(key), value: values.push(value) - 1, present };
      }
      case "remove":
        return { kind: "remove", keys: numbers(edit.keys) };
      case "rename":
        return { kind: "rename", pairs: numbers([...edit.names].flat()), moved: new Int32Array(edit.names.size) };
      case "select":
        return edit;
      case "require":
        return { kind: "require", keys: numbers(edit.keys), test: edit.test };
    }
  }
}
