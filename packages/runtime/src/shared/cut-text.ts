/** Characters of a text that is shown, such as the message of an error: one may hold a whole answer of a destination. */
const MAX_SHOWN_TEXT = 4096;

/** The beginning of a text, and how much was left out. A pair of surrogates is not divided. */
export function cutText(text: string, limit: number = MAX_SHOWN_TEXT): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit;
  return `${text.slice(0, end)}… (${text.length - end} more characters)`;
}

/** Anything as a text, cut; also what has no text of its own. */
export function textOf(value: unknown, limit: number = MAX_SHOWN_TEXT): string {
  try {
    return cutText(typeof value === "string" ? value : String(value), limit);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
