import { charge } from "./budget.ts";

/**
 * What the library does with pictures. It compiles pictures of times to regular expressions that try every way to divide a text among
 * the components, pads to any width, and takes time that grows with the square of a picture's length.
 */

type Part = { readonly literal: string } | { readonly matches: RegExp; readonly widths: readonly number[] };

/** Components that are names unless the picture says otherwise. */
const NAMED = "FPCE";
const ZONES = "Zz";

const DIGIT = /[0-9]/;
const WORD = /[0-9a-z\-, ]/i;
const ANY = /./s;

/** Counts what a time is formatted with. */
export function chargeTimeFormat(picture: unknown): void {
  if (typeof picture !== "string") return;
  chargeAnalysis(picture);
  for (const part of partsOf(picture)) {
    if ("widths" in part) for (const width of part.widths) charge(2 * width);
  }
}

/** Counts the ways in which the components of a picture can divide a text. */
export function chargeTimeParse(text: unknown, picture: unknown): void {
  if (typeof text !== "string" || typeof picture !== "string") return;
  chargeAnalysis(picture);
  const parts = partsOf(picture);
  charge(parts.length * text.length);
  // How many ways lead to each place in the text.
  let ways = new Float64Array(text.length + 1);
  ways[0] = 1;
  for (const part of parts) {
    ways = "literal" in part ? afterLiteral(text, part.literal, ways) : afterRun(text, part.matches, ways);
  }
}

function afterLiteral(text: string, literal: string, ways: Float64Array): Float64Array<ArrayBuffer> {
  const next = new Float64Array(ways.length);
  for (let start = 0; start + literal.length < ways.length; start++) {
    if (ways[start] === 0) continue;
    let length = 0;
    while (length < literal.length && alike(text.charCodeAt(start + length), literal.charCodeAt(length))) length++;
    charge((1 + ways[start]!) * (1 + length));
    if (length === literal.length) next[start + length] = ways[start]!;
  }
  return next;
}

function afterRun(text: string, matches: RegExp, ways: Float64Array): Float64Array<ArrayBuffer> {
  const next = new Float64Array(ways.length);
  let open = 0;
  let total = 0;
  for (let end = 1; end < ways.length; end++) {
    open = matches.test(text[end - 1]!) ? open + ways[end - 1]! : 0;
    next[end] = open;
    total += open;
  }
  charge(total);
  return next;
}

/** Case does not count. Outside of ASCII all are taken for alike: rather too many ways than too few. */
function alike(one: number, other: number): boolean {
  return one === other || one > 127 || other > 127 || (one | 32) === (other | 32);
}

/** The parts as the library finds them. A picture that it refuses ends where it would. */
function partsOf(picture: string): Part[] {
  const parts: Part[] = [];
  const literal = (text: string) => {
    if (text !== "") parts.push({ literal: text.replaceAll("]]", "]") });
  };
  let from = 0;
  for (;;) {
    const open = picture.indexOf("[", from);
    if (open === -1) break;
    literal(picture.slice(from, open));
    if (picture[open + 1] === "[") {
      literal("[");
      from = open + 2;
      continue;
    }
    const close = picture.indexOf("]", open);
    if (close === -1) return parts;
    parts.push(componentOf(picture.slice(open + 1, close).replace(/\s/g, "")));
    from = close + 1;
  }
  literal(picture.slice(from));
  return parts;
}

function componentOf(marker: string): Part {
  const comma = marker.lastIndexOf(",");
  const presentation = comma === -1 ? marker.slice(1) : marker.slice(1, comma);
  const widths = comma === -1 ? [] : marker.slice(comma + 1).split("-");
  const component = marker.charAt(0);
  const named = NAMED.includes(component) || /[^0-9#]/.test(presentation);
  return {
    matches: ZONES.includes(component) ? ANY : named ? WORD : DIGIT,
    widths: widths.map((width) => Number.parseInt(width, 10)).filter((width) => !Number.isNaN(width)),
  };
}

/** Counts what a number is formatted with. Throws `Error` for a number that the library would scale without end. */
export function chargeNumberFormat(value: unknown, picture: unknown, options: unknown): void {
  if (typeof value !== "number" || typeof picture !== "string") return;
  charge(picture.length + picture.length ** 2 / 4);
  if ((value > 0 && value < Infinity) || Number.isNaN(value)) return;
  const signs = { ...SIGNS, ...(options as object | undefined) } as typeof SIGNS;
  const [positive, negative = positive] = picture.split(signs["pattern-separator"]);
  if (hasExponent((value >= 0 ? positive : negative)!, signs)) {
    throw new Error(`$formatNumber can format numbers above zero with an exponent, not ${value}`);
  }
}

/** The signs of a picture that options do not replace. */
const SIGNS = {
  "decimal-separator": ".",
  "grouping-separator": ",",
  "exponent-separator": "e",
  "zero-digit": "0",
  digit: "#",
  "pattern-separator": ";",
};

/** Whether the library finds an exponent in a sub-picture: by its own steps, slips included. */
function hasExponent(picture: string, signs: typeof SIGNS): boolean {
  const zero = signs["zero-digit"].charCodeAt(0);
  const digits = Array.from({ length: 10 }, (_, index) => String.fromCharCode(zero + index));
  const exponent = signs["exponent-separator"];
  const active = new Set([
    ...digits,
    signs["decimal-separator"],
    signs["grouping-separator"],
    signs.digit,
    signs["pattern-separator"],
  ]);
  active.delete(exponent);
  const characters = picture.split("");
  const first = characters.findIndex((character) => active.has(character));
  const last = characters.findLastIndex((character) => active.has(character));
  if (first === -1) return false;
  const at = picture.indexOf(exponent, first);
  if (at === -1 || at > last + 1) return false;
  const after = picture.slice(first, last + 1).slice(at + 1);
  return digits.some((digit) => after.includes(digit));
}

export function chargeIntegerFormat(picture: unknown): void {
  if (typeof picture === "string") chargeAnalysis(picture);
}

/** Counts a text from which each separator of a picture is removed in turn. */
export function chargeIntegerParse(text: unknown, picture: unknown): void {
  if (typeof text !== "string" || typeof picture !== "string") return;
  chargeAnalysis(picture);
  charge(text.length * (1 + picture.length / 4));
}

function chargeAnalysis(picture: string): void {
  charge(picture.length + picture.length ** 2 / 64);
}
