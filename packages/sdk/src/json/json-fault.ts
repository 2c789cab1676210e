/** Why a text is not JSON. `unexpected` at the end means that the text is truncated. */
export const JsonFault = {
  unexpected: 0,
  control: 1,
  escape: 2,
  surrogate: 3,
  utf8: 4,
  depth: 5,
} as const;
export type JsonFault = (typeof JsonFault)[keyof typeof JsonFault];

const KINDS = 8;

const MESSAGES: Readonly<Record<JsonFault, string>> = {
  [JsonFault.unexpected]: "unexpected byte",
  [JsonFault.control]: "a control character in a string",
  [JsonFault.escape]: "an unknown escape in a string",
  [JsonFault.surrogate]: "half of a surrogate pair in a string",
  [JsonFault.utf8]: "bytes that are not UTF-8 in a string",
  [JsonFault.depth]: "too many levels of nesting",
};

/** Position and kind of a fault as one negative number, so that a failed scan allocates nothing either. */
export function fail(at: number, end: number, kind: JsonFault): number {
  return -1 - (Math.min(at, end) * KINDS + kind);
}

/** The fault that a negative result of a scan of `bytes[start, end)` means; `offset` counts from `start`. */
export function faultOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  result: number,
): { offset: number; message: string } {
  const packed = -1 - result;
  const at = Math.floor(packed / KINDS);
  const kind = (packed % KINDS) as JsonFault;
  const offset = at - start;
  if (start === end) return { offset, message: "the payload is empty" };
  if (at >= end) return { offset, message: "unexpected end" };
  if (kind !== JsonFault.unexpected) return { offset, message: MESSAGES[kind] };
  const byteOrderMark = at === start && bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;
  return { offset, message: byteOrderMark ? "a byte order mark" : MESSAGES[kind] };
}
