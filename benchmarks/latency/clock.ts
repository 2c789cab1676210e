/** Microseconds of the machine's monotonic clock, which all its processes share. */
export function clock(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
