/**
 * Reads the original runtime's state file: MessagePack array of one unsigned integer, `[messages_produced]`.
 * `undefined` when the bytes are anything else.
 */
export function readMessagesProduced(bytes: Uint8Array): number | undefined {
  if (bytes.length < 2 || bytes[0] !== 0x91) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const form = view.getUint8(1);
  if (form <= 0x7f) return bytes.length === 2 ? form : undefined;
  const width = UNSIGNED_WIDTHS.get(form);
  if (width === undefined || bytes.length !== 2 + width) return undefined;
  let value = 0;
  for (let index = 0; index < width; index++) value = value * 256 + view.getUint8(2 + index);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Bytes that follow the markers uint 8, 16, 32 and 64. */
const UNSIGNED_WIDTHS = new Map([
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
]);
