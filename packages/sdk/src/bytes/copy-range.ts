/** Up to this length a loop is cheaper than the call into native code. */
export const LOOP_LIMIT = 24;

/** Copies `source[start, end)` to `target` at `at`, which must be large enough, and returns the position after it. */
export function copyRange(source: Buffer, start: number, end: number, target: Uint8Array, at: number): number {
  if (end - start > LOOP_LIMIT) {
    source.copy(target, at, start, end);
    return at + end - start;
  }
  let to = at;
  for (let from = start; from < end; from++) target[to++] = source[from]!;
  return to;
}
