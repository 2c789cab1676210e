const CHUNK = 10_000_000;
const CHUNK_DIGITS = 7;
const ZERO = 0x30;

/** Writes a non-negative safe integer in decimal digits and returns the position after it. */
export function writeDecimal(target: Uint8Array, at: number, value: number): number {
  if (value < CHUNK) return writePadded(target, at, value, digitsOf(value));
  const high = Math.floor(value / CHUNK);
  return writePadded(target, writeDecimal(target, at, high), value - high * CHUNK, CHUNK_DIGITS);
}

/** Writes a non-negative integer below 2³¹ in exactly `digits` digits and returns the position after it. */
export function writePadded(target: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value | 0;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    target[place] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}
