/** Reads the table that the tool prints: header cells and row cells may take several lines. */
export function tableRows(output: string): Record<string, string>[] {
  const lines = output.split("\n").filter((line) => /^[+|].*[+|]$/.test(line));
  const border = lines[0];
  if (border === undefined) return [];
  const edges = [...border.matchAll(/\+/g)].map(({ index }) => index);
  const cells = (block: readonly string[]): string[] =>
    edges.slice(1).map((end, column) =>
      block
        .map((line) => line.slice((edges[column] ?? 0) + 1, end).trim())
        .filter((text) => text !== "")
        .join("\n"),
    );
  const blocks: string[][] = [[]];
  for (const line of lines.slice(1)) {
    if (/^(\+|\|-)/.test(line)) blocks.push([]);
    else blocks.at(-1)?.push(line);
  }
  const [header = [], ...rows] = blocks.filter((block) => block.length > 0).map(cells);
  return rows.map((row) => Object.fromEntries(header.map((name, column) => [name, row[column] ?? ""])));
}
