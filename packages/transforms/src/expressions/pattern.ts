/** Characters that mean themselves and nothing else to every dialect of regular expressions. */
const PLAIN = /^[\w\-@ :/]*$/;

/**
 * Compiles a pattern of the RE2 dialect, as the original's: inline flags, no look-around, no back-references, linear time. Throws
 * `Error` with what is wrong with it. The test looks for the pattern anywhere in a text.
 */
export async function compilePattern(source: string): Promise<(text: string) => boolean> {
  if (PLAIN.test(source)) return (text) => text.includes(source);
  const { RE2JS } = await import("re2js");
  const pattern = RE2JS.compile(source);
  return (text) => pattern.test(text);
}
