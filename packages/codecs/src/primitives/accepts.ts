/** `accepts` of a codec that can only try to decode. */
export function acceptsWhatDecodes(
  decode: (bytes: Uint8Array, start: number, end: number) => unknown,
): (bytes: Uint8Array, start: number, end: number) => boolean {
  return (bytes, start, end) => {
    try {
      decode(bytes, start, end);
      return true;
    } catch {
      return false;
    }
  };
}
