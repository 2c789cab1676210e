const MAX_LENGTH = 500;

/** The beginning of a text that came from outside, on one line: control characters in an answer must not forge log lines. */
export function excerpt(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, " ").trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
