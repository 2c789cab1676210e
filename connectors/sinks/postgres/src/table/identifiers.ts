/** Longer names are cut by the server, so that two could become one. Bytes of UTF-8. */
const MAX_IDENTIFIER_BYTES = 63;

/** Why a text cannot name a table or a column; `undefined`: it can. */
export function identifierFault(name: string): string | undefined {
  if (name === "") return "must not be empty";
  if (name.includes("\0")) return "must not contain a NUL character";
  if (!name.isWellFormed()) return "must be well-formed Unicode";
  const bytes = Buffer.byteLength(name);
  return bytes > MAX_IDENTIFIER_BYTES ? `has ${bytes} bytes; the maximum is ${MAX_IDENTIFIER_BYTES}` : undefined;
}

/** Any name as SQL names it: whatever it holds, it stays a name. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteQualified(schema: string | undefined, name: string): string {
  return schema === undefined ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

export function quoteList(names: readonly string[]): string {
  return names.map(quoteIdentifier).join(", ");
}
