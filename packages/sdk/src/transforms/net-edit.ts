import { stringifyJson } from "../codecs/json.ts";
import type { FieldEdit } from "./field-edit.ts";
import type { FieldValue } from "./values/field-value.ts";

/** What a chain of edits means for one key in the end. */
export interface NetEdit {
  readonly key: Buffer;
  /** `,"key":`, what is written before a value. */
  readonly prefix: Buffer;
  /** Absent: the key is removed. */
  readonly value: FieldValue | undefined;
  /** Whether a present member is replaced in its place; else it is removed, and a value goes to the end. */
  readonly inPlace: boolean;
}

/**
 * The last edit of a key decides its value. A key that was removed before it was set anew loses its place; the order of new
 * members is that of the first setting after the last removal.
 */
export function netEdits(edits: readonly FieldEdit[]): readonly NetEdit[] {
  const byKey = new Map<string, NetEdit>();
  for (const edit of edits) {
    if (edit.kind === "remove") {
      for (const key of edit.keys) {
        byKey.delete(key);
        byKey.set(key, { ...spellings(key), value: undefined, inPlace: false });
      }
      continue;
    }
    if (edit.kind !== "set") throw new Error(`a ${edit.kind} edit has no net effect per key`);
    const { key, value } = edit;
    const before = byKey.get(key);
    if (before?.value === undefined) {
      byKey.delete(key);
      byKey.set(key, { ...spellings(key), value, inPlace: before === undefined });
    } else {
      byKey.set(key, { ...before, value });
    }
  }
  return [...byKey.values()];
}

function spellings(key: string): Pick<NetEdit, "key" | "prefix"> {
  return { key: Buffer.from(key), prefix: Buffer.from(`,${stringifyJson(key)}:`) };
}
