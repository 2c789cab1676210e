import { randomFillSync } from "node:crypto";
import { FRAME_ID_AT } from "../record-layout.ts";

const WORDS_PER_ID = 4;

/** Random words not used yet, drawn this many at once: a call per batch would cost more than the randomness itself. */
const random = new Int32Array(1024 * WORDS_PER_ID);
let next = random.length;

/** Version and variant bits of a random UUID, where they lie in its little-endian 128-bit number. */
const VERSION_WORD = 2;
const VERSION_MASK = 0xffff_0fff;
const VERSION_4 = 0x0000_4000;
const VARIANT_WORD = 1;
const VARIANT_MASK = 0x3fff_ffff;
const VARIANT_10 = 0x8000_0000;

/** Gives every frame whose id is 0 a random UUID; there are `missing` of them. */
export function drawMissingIds(view: DataView, starts: Uint32Array, count: number, missing: number): void {
  let left = missing;
  for (let i = 0; i < count && left > 0; i++) {
    const at = starts[i]! + FRAME_ID_AT;
    if (!idIsZero(view, at)) continue;
    if (next === random.length) {
      randomFillSync(random);
      next = 0;
    }
    view.setInt32(at, random[next]!, true);
    view.setInt32(at + 4, (random[next + VARIANT_WORD]! & VARIANT_MASK) | VARIANT_10, true);
    view.setInt32(at + 8, (random[next + VERSION_WORD]! & VERSION_MASK) | VERSION_4, true);
    view.setInt32(at + 12, random[next + 3]!, true);
    next += WORDS_PER_ID;
    left -= 1;
  }
}

function idIsZero(view: DataView, at: number): boolean {
  const low = view.getInt32(at, true) | view.getInt32(at + 4, true);
  return (low | view.getInt32(at + 8, true) | view.getInt32(at + 12, true)) === 0;
}
