import { diff, styleText } from "node:util";

/** Unchanged lines shown around a change. */
const CONTEXT = 2;
/** The cost of a comparison is the product of both lengths: longer texts are shown whole. */
const MAX_LINES = 2000;

type Line = readonly [" " | "-" | "+", string];

/** A diff of both texts by line, with a few unchanged lines around each change. Coloured on a terminal only. */
export function diffLines(before: string, after: string): string[] {
  const lines = compare(before.split("\n"), after.split("\n"));
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(([mark]) => mark !== " "),
  );
  const shown: string[] = [];
  for (const [index, [mark, text]] of lines.entries()) {
    if (near[index] === true) shown.push(coloured(mark, `${mark} ${text}`));
    else if (index === 0 || near[index - 1] === true) shown.push(styleText("dim", "  …", { stream: process.stdout }));
  }
  return shown;
}

function compare(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length > MAX_LINES || after.length > MAX_LINES) {
    return [...before.map((text): Line => ["-", text]), ...after.map((text): Line => ["+", text])];
  }
  // 1: only in the first text, -1: only in the second text.
  return diff(before, after).map(([where, text]): Line => [where === 1 ? "-" : where === -1 ? "+" : " ", text]);
}

function coloured(mark: Line[0], text: string): string {
  if (mark === " ") return text;
  return styleText(mark === "-" ? "red" : "green", text, { stream: process.stdout });
}
