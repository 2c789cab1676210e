/** A part of a pattern: tokens of Luxon and literal text, or the fraction of the second, which Luxon has in milliseconds only. */
export type PatternPart =
  | { readonly kind: "luxon"; readonly text: string }
  /** `digits`: exactly that many. `as_needed`: 3, 6 or 9 of them. `number`: nanoseconds, without leading zeros. */
  | { readonly kind: "fraction"; readonly form: "digits" | "as_needed" | "number"; readonly digits: number };

const MAX_DIGITS = 9;

/** The parts of a pattern. Throws `Error` for more digits of a second than nine. */
export function patternParts(pattern: string): readonly PatternPart[] {
  const parts: PatternPart[] = [];
  let luxon = "";
  let quoted = false;
  for (const run of pattern.match(/(.)\1*/gsu) ?? []) {
    if (run.startsWith("'") && run.length % 2 === 1) quoted = !quoted;
    const fraction = quoted ? undefined : fractionOf(run);
    if (fraction === undefined) {
      luxon += run;
      continue;
    }
    if (luxon !== "") parts.push({ kind: "luxon", text: luxon });
    luxon = "";
    parts.push(fraction);
  }
  if (luxon !== "") parts.push({ kind: "luxon", text: luxon });
  return parts;
}

function fractionOf(run: string): PatternPart | undefined {
  if (run.startsWith("S")) {
    if (run.length > MAX_DIGITS) throw new Error(`${run} has more than ${MAX_DIGITS} digits of a second`);
    return { kind: "fraction", form: "digits", digits: run.length };
  }
  switch (run) {
    case "u":
      return { kind: "fraction", form: "as_needed", digits: MAX_DIGITS };
    case "uu":
      return { kind: "fraction", form: "digits", digits: 2 };
    case "uuu":
      return { kind: "fraction", form: "digits", digits: 1 };
    case "n":
      return { kind: "fraction", form: "number", digits: MAX_DIGITS };
    default:
      return undefined;
  }
}

/** The tokens of Luxon in the parts of a pattern, without quoted text. */
export function luxonTokens(parts: readonly PatternPart[]): readonly string[] {
  const text = parts.map((part) => (part.kind === "luxon" ? part.text : " ")).join("");
  return text.replaceAll(/'[^']*'?/g, " ").match(/([A-Za-z])\1*/g) ?? [];
}
