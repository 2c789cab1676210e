import { writeDecimal, writePadded } from "../../bytes/decimal.ts";
import type { JsonValue } from "../../contract/message.ts";
import { DATE_TIME_MAX_LENGTH, writeDateTime } from "./date-time.ts";
import type { FieldValue } from "./field-value.ts";
import { UUID_LENGTH, uuidGenerator } from "./uuid.ts";
import { wallClock } from "./wall-clock.ts";

/** The names of computed values, as the original spells them. */
export const COMPUTED_NAMES = [
  "date_time",
  "timestamp_nanos",
  "timestamp_micros",
  "timestamp_millis",
  "timestamp_seconds",
  "uuid_v4",
  "uuid_v7",
] as const;
export type ComputedName = (typeof COMPUTED_NAMES)[number];

const QUOTE = 0x22;
/** Digits of the largest safe integer, and six more for nanoseconds. */
const MAX_DIGITS = 22;

/** A value that is worked out for every field of every message, at processing time. */
export function computedValue(name: ComputedName): FieldValue {
  return COMPUTED[name];
}

const COMPUTED: Readonly<Record<ComputedName, FieldValue>> = {
  date_time: text(DATE_TIME_MAX_LENGTH, (target, at) => {
    wallClock.read();
    return writeDateTime(target, at, wallClock.millis, wallClock.nanos);
  }),
  timestamp_nanos: {
    next(): JsonValue {
      wallClock.read();
      return BigInt(wallClock.millis) * 1_000_000n + BigInt(wallClock.nanos);
    },
    maxBytes: MAX_DIGITS,
    write(target, at) {
      wallClock.read();
      return writePadded(target, writeDecimal(target, at, wallClock.millis), wallClock.nanos, 6);
    },
  },
  timestamp_micros: integer(() => {
    wallClock.read();
    return wallClock.millis * 1000 + Math.floor(wallClock.nanos / 1000);
  }),
  timestamp_millis: integer(Date.now),
  timestamp_seconds: integer(() => Math.floor(Date.now() / 1000)),
  uuid_v4: text(UUID_LENGTH, (target, at) => uuidGenerator.writeV4(target, at)),
  uuid_v7: text(UUID_LENGTH, (target, at) => uuidGenerator.writeV7(target, at, Date.now())),
};

function integer(now: () => number): FieldValue {
  return { next: now, maxBytes: MAX_DIGITS, write: (target, at) => writeDecimal(target, at, now()) };
}

/** A string of ASCII characters that need no escape. */
function text(maxLength: number, write: (target: Uint8Array, at: number) => number): FieldValue {
  const scratch = Buffer.alloc(maxLength);
  return {
    next: () => scratch.toString("latin1", 0, write(scratch, 0)),
    maxBytes: maxLength + 2,
    write(target, at) {
      target[at] = QUOTE;
      const end = write(target, at + 1);
      target[end] = QUOTE;
      return end + 1;
    },
  };
}
