/** Characters that every dialect of regular expressions takes literally. */
const PLAIN = /^[\w\-@ :/]*$/;

/**
 * Compiles a pattern of the RE2 dialect, as in the original: inline flags, no look-around, no back-references, linear time. Rejects with
 * `Error` and the reason for an invalid pattern. The test finds a match anywhere in the text.
 */
export async function compilePattern(source: string): Promise<(text: string) => boolean> {
  if (PLAIN.test(source)) return (text) => text.includes(source);
  const { RE2JS } = await import("re2js");
  const pattern = RE2JS.compile(source);
  return (text) => pattern.test(text);
}
