/**
 * Characters that a terminal obeys, that reorder or hide what surrounds them, or that end a line: the C0 and C1 controls
 * (with ESC and the one-byte CSI), format characters (bidirectional controls, zero width, tags), line and paragraph
 * separators, and halves of surrogate pairs. The joiners stay: words of some languages, and emoji, need them.
 */
const UNSAFE = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u200c\u200d]]/gv;
const UNSAFE_IN_TEXT = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u200c\u200d\t\n]]/gv;

/** Text from outside as it may be printed or logged: what a terminal could obey is shown as `\u001b`. Line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE_IN_TEXT, escaped);
}

/** The same for text that must stay on one line, such as a name: line breaks and tabs are shown as escapes, too. */
export function printableLine(text: string): string {
  return text.replaceAll(UNSAFE, (character) => SHORT.get(character) ?? escaped(character));
}

/** JSON of a value, with the same characters as escapes: what is parsed from it is unchanged. `indent`: spaces, default none. */
export function printableJson(
  value: unknown,
  { indent, replacer }: { indent?: number; replacer?: (key: string, value: unknown) => unknown } = {},
): string {
  // Outside of its strings, JSON has none of these characters except the line breaks of its indentation.
  return (JSON.stringify(value, replacer, indent) ?? "null").replaceAll(UNSAFE_IN_TEXT, unitsEscaped);
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function escaped(character: string): string {
  return character.length === 1 ? unitsEscaped(character) : `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

/** JSON escapes UTF-16 units. */
function unitsEscaped(character: string): string {
  let text = "";
  for (let index = 0; index < character.length; index++) {
    text += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return text;
}
