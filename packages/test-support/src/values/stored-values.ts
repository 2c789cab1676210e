import type { LogicalType, ValueCase } from "./value-case.ts";
import { VALUE_CASES } from "./value-cases.ts";

/** What a target makes of the cases in a column of one type. */
export interface StoredColumn {
  /** The target, as the page names it. */
  readonly target: string;
  /** The type of the column. */
  readonly column: string;
  /** Values of these types are put into it. */
  readonly types: readonly LogicalType[];
  /** By name of a case, what is stored where that is not the value as it was delivered, as `sameText` says. */
  readonly differs: Readonly<Record<string, string | null>>;
}

/** Marks a value that the target does not take: that message is rejected with the reason. */
export const REFUSED = "refused";

/** The cases that are put into a column, each with what is stored: the text that the target shows, null, or `REFUSED`. */
export function storedValues({ types, differs }: StoredColumn): readonly (readonly [ValueCase, string | null])[] {
  return VALUE_CASES.filter(({ type, json }) => json !== undefined && types.includes(type)).map((row) => {
    const stored = Object.hasOwn(differs, row.name) ? differs[row.name]! : sameText(row);
    return [row, stored] as const;
  });
}

/** The delivered value as a target shows it: strings without quotation marks, all else as its JSON; null where it is missing. */
export function sameText({ json, type, bytes }: ValueCase): string | null {
  if (bytes !== undefined) return `\\x${bytes}`;
  if (json === undefined || type === "null" || type === "missing") return null;
  const text = json.slice('{"v":'.length, -1);
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}
