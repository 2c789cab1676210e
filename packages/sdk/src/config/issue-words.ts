type Rewrite = readonly [pattern: RegExp, words: (match: RegExpExecArray) => string];

/** A validator speaks of its own types; a person reads keys of a file. Messages of other validators are left as they are. */
const REWRITES: readonly Rewrite[] = [
  [/^Invalid input: expected (?:.+), received undefined$/, () => "is missing"],
  [
    /^Invalid input: expected (\w+), received (\w+)$/,
    ([, expected, received]) => `must be ${withArticle(expected!)}, but is ${withArticle(received!)}`,
  ],
  [/^Invalid input: expected (".*"|[\d.-]+|true|false|null)$/, ([, expected]) => `must be ${expected}`],
  [/^Invalid option: expected one of (.+)$/, ([, options]) => `must be one of ${options!.replaceAll("|", ", ")}`],
  [/^Unrecognized keys?: (.+)$/, ([, keys]) => `unknown key ${keys}`],
  [
    /^Too (small|big): expected (\w+) to (?:have|be|contain) ([<>]=?)(-?[\d.]+)(?: (\w+))?$/,
    ([, , what, comparison, limit, unit]) => {
      const bound = { ">=": "at least", ">": "more than", "<=": "at most", "<": "less than" }[comparison!];
      return `must ${unit === undefined ? "be" : `${what === "set" ? "contain" : "have"}`} ${bound} ${limit}${unit === undefined ? "" : ` ${unit}`}`;
    },
  ],
  [/^Invalid input$/, () => "has none of the allowed forms"],
];

/** The message of an issue in the words of our pages. */
export function inOurWords(message: string): string {
  for (const [pattern, words] of REWRITES) {
    const match = pattern.exec(message);
    if (match !== null) return words(match);
  }
  return message;
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ["object", "table"],
  ["record", "table"],
  ["array", "list"],
  ["int", "integer"],
  ["bigint", "integer"],
]);

function withArticle(type: string): string {
  if (type === "null" || type === "NaN" || type === "undefined") return type;
  const name = NAMES.get(type) ?? type;
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
}
