/** What `JSON.parse` makes of a text, for a schema to check; `undefined` where the text is not JSON. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
