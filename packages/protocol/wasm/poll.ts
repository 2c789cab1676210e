/*
 * What a poll brings, in AssemblyScript: walks its records and compares every byte with its checksums, in one pass. The
 * entry of the module. Where the bytes are not those of a poll it only says so: what is wrong with them is for the portable
 * walk, src/batch/reading/index-frames.ts, to say. The layout is that of src/batch/record-layout.ts.
 */
import { hash } from "./xxh3";

export { begin, consume, finish, hash, hashRanges, heap } from "./xxh3";

const POLL_PREFIX: usize = 16;
const RECORD_HEADER: usize = 256;
const FRAME_HEADER: usize = 48;
/** The fields of a record header that the batch checksum covers; the checksums of the frames follow them. */
const HEADER_PARTS: usize = 44;
/** High word of the largest safe integer. */
const MAX_SAFE_HIGH: u32 = 0x1fffff;

/** Every checksum fits. */
const SOUND: i32 = -1;
/** Not the bytes of a poll. */
const MALFORMED: i32 = -2;

/**
 * Of the poll that was checked last, where it is sound and has messages: the size of all payloads, the lowest and the highest
 * producer time, and the sum of what the times are behind that of the first record's header.
 */
export const totals: usize = memory.data(32, 8);

/**
 * Checks the poll response of `length` bytes, at least a poll's prefix, at `body`, which announces `total` messages. Where each
 * frame starts in it is written to `starts`, a 32-bit word each; `parts` is memory for the checksums of `total` frames and what
 * the batch checksum covers beside them.
 * Returns SOUND, MALFORMED, or the first fault: twice the index of the message that does not fit its checksum, or twice that of the
 * first one of the batch that does not, plus one.
 */
export function checkPoll(body: usize, length: usize, total: u32, starts: usize, parts: usize): i32 {
  const end = body + length;
  let result = SOUND;
  let index: u32 = 0;
  /** The lowest offset that the next record may start with. */
  let nextOffset: u64 = 0;
  let payloads: u64 = 0;
  let lowest = u64.MAX_VALUE;
  let highest: u64 = 0;
  let sum: f64 = 0;
  const firstOrigin = end - body > POLL_PREFIX + RECORD_HEADER ? load<u64>(body + POLL_PREFIX, 24) : 0;
  for (let at = body + POLL_PREFIX; at < end; ) {
    if (end - at < RECORD_HEADER + FRAME_HEADER) return MALFORMED;
    const size = load<u64>(at, 32);
    if (size < RECORD_HEADER + FRAME_HEADER || size > <u64>(end - at)) return MALFORMED;
    if (load<u32>(at, 20) > MAX_SAFE_HIGH || !reservedIsZero(at)) return MALFORMED;
    const count = load<u32>(at, 48);
    if (count === 0 || count > total - index) return MALFORMED;
    const recordEnd = at + <usize>size;
    const firstDelta = <u64>load<u32>(at + RECORD_HEADER, 24);
    const origin = load<u64>(at, 24);
    let frame = at + RECORD_HEADER;
    let part = parts + HEADER_PARTS;
    for (let i: u32 = 0; i < count; i++) {
      const left = recordEnd - frame;
      if (left < FRAME_HEADER) return MALFORMED;
      const payload = <u64>load<u32>(frame, 36);
      const content = <u64>load<u32>(frame, 32) + payload;
      if (content > <u64>(left - FRAME_HEADER)) return MALFORMED;
      if (<u64>load<u32>(frame, 24) !== firstDelta + i || load<u64>(frame, 40) !== 0) return MALFORMED;
      const checksum = load<u64>(frame);
      const frameEnd = frame + FRAME_HEADER + <usize>content;
      if (result === SOUND && hash(frame + 8, frameEnd - frame - 8) !== checksum) result = (index + i) << 1;
      const time = origin + load<u32>(frame, 28);
      lowest = min(lowest, time);
      // A time beyond 64 bits becomes a low one; that of the header is then beyond the safe integers.
      highest = max(highest, max(origin, time));
      sum += <f64>(<i64>(time - firstOrigin));
      payloads += payload;
      store<u32>(starts, <u32>(frame - body));
      store<u64>(part, checksum);
      starts += 4;
      part += 8;
      frame = frameEnd;
    }
    if (frame !== recordEnd) return MALFORMED;
    if (result === SOUND) {
      memory.copy(parts, at, 40);
      store<u32>(parts, count, 40);
      if (hash(parts, HEADER_PARTS + 8 * <usize>count) !== load<u64>(at, 40)) result = (index << 1) | 1;
    }
    const base = load<u64>(at, 8);
    const offset = base + firstDelta;
    // An offset beyond 64 bits becomes a small one.
    if (offset < nextOffset || offset + count < base) return MALFORMED;
    nextOffset = offset + count;
    index += count;
    at = recordEnd;
  }
  store<f64>(totals, <f64>payloads, 0);
  store<f64>(totals, <f64>lowest, 8);
  store<f64>(totals, <f64>highest, 16);
  store<f64>(totals, sum, 24);
  return index === total ? result : MALFORMED;
}

/** Whether the reserved bytes of the record header at `at`, from its byte 52 on, are zero. */
function reservedIsZero(at: usize): bool {
  let bits = v128.load(at, 240);
  for (let i: usize = 52; i < 240; i += 16) bits = v128.or(bits, v128.load(at + i));
  return !v128.any_true(bits);
}
