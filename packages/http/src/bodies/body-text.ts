const UTF8_MARK = [0xef, 0xbb, 0xbf] as const;

/**
 * The text of a body in UTF-8, without a byte order mark: decoded by its mark, else by the `charset` of its `Content-Type`, else taken as
 * UTF-8, which is not checked. A view of the body where nothing has to be decoded. Labels and their meaning: WHATWG Encoding.
 * @throws what `unreadable` makes of the label: the character set is unknown, or the body is not in it.
 */
export function bodyText(
  body: Buffer,
  contentType: string | undefined,
  unreadable: (charset: string) => Error,
): Buffer {
  if (UTF8_MARK.every((byte, at) => body[at] === byte)) return body.subarray(UTF8_MARK.length);
  const charset = markedCharset(body) ?? charsetOf(contentType);
  if (charset === undefined) return body;
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    throw unreadable(charset);
  }
  if (decoder.encoding === "utf-8") return body;
  try {
    return Buffer.from(decoder.decode(body));
  } catch {
    throw unreadable(charset);
  }
}

/** UTF-16 names its byte order in its first two bytes, which no UTF-8 text begins with. */
function markedCharset(body: Uint8Array): string | undefined {
  if (body[0] === 0xff && body[1] === 0xfe) return "utf-16le";
  if (body[0] === 0xfe && body[1] === 0xff) return "utf-16be";
  return undefined;
}

/** RFC 9110 §8.3.2: the parameter's value is a token or a quoted string, and its case does not matter. */
function charsetOf(contentType: string | undefined): string | undefined {
  const found = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType ?? "");
  const charset = (found?.[1] ?? found?.[2])?.trim();
  return charset === "" ? undefined : charset;
}
