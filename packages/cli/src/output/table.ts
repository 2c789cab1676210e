import { stripVTControlCharacters } from "node:util";

/** Columns are as wide as their widest cell and two spaces apart. Columns of numbers are right-aligned. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | undefined)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === undefined ? "-" : String(cell))));
  const numeric = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"));
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => visibleLength(row[column] ?? ""))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const gap = " ".repeat(Math.max(0, widths[column]! - visibleLength(cell)));
        return numeric[column] === true ? gap + cell : cell + gap;
      })
      .join("  ")
      .trimEnd();
  return [line(head), ...cells.map(line)].join("\n");
}

/** Length without the escape sequences that colour a cell. */
function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}
