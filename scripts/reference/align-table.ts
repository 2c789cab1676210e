/** Pads the cells of a Markdown table so that its columns are aligned. */
export function alignTable(table: string): string {
  const rows = table
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(2, -2).split(/ (?<!\\)\| /));
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => [...(cells[column] ?? "")].length)),
  );
  return rows
    .map((cells, row) => {
      const padded = cells.map((cell, column) => {
        const width = widths[column] ?? 0;
        return row === 1 ? "-".repeat(width) : cell + " ".repeat(width - [...cell].length);
      });
      return `| ${padded.join(" | ")} |\n`;
    })
    .join("");
}
