const SLOTS = 512;
/** Longer keys are not kept. */
const MOST_BYTES = 64;

/** Keys that were decoded lately, by their bytes: the messages of a topic have the same ones. A slot keeps the last key of its hash. */
const bytesOf: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(SLOTS).fill(undefined);
const textOf: string[] = new Array<string>(SLOTS).fill("");

/** The key `bytes[start, end)`, UTF-8 without escapes. */
export function keyText(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length === 0 || length > MOST_BYTES) return bytes.toString("utf8", start, end);
  const slot = (length * 31 + bytes[start]! * 7 + bytes[end - 1]! * 13 + bytes[start + (length >> 1)]!) & (SLOTS - 1);
  const known = bytesOf[slot];
  if (known !== undefined && isSame(known, bytes, start, length)) return textOf[slot]!;
  const text = bytes.toString("utf8", start, end);
  bytesOf[slot] = Uint8Array.from(bytes.subarray(start, end));
  textOf[slot] = text;
  return text;
}

/** Most keys that are kept as JSON. */
const MOST_WRITTEN = 1024;
const written = new Map<string, Buffer>();

/** A key as it is written in JSON, with its quotes. It must not be changed. Steps add the same keys to every message. */
export function keyJson(key: string): Buffer {
  const known = written.get(key);
  if (known !== undefined) return known;
  const json = Buffer.from(JSON.stringify(key));
  if (json.length <= MOST_BYTES && written.size < MOST_WRITTEN) written.set(key, json);
  return json;
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let index = 0; index < length; index++) if (known[index] !== bytes[start + index]) return false;
  return true;
}
