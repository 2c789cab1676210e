/** Control characters but tab and line feed: the C0 set, delete, and the C1 set. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text of others for a terminal: what would steer it is shown as an escape instead. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
