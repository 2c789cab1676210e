import type { JsonValue } from "@iggy-connectors/sdk";
import { copyRange } from "@iggy-connectors/sdk/internal";
import { DATE_TIME_MAX_LENGTH, writeDateTime } from "./date-time.ts";
import { writeDecimal, writePadded } from "./decimal.ts";
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

/** A value that is computed for every field of every message. The time is that at which its batch is processed. */
export function computedValue(name: ComputedName): FieldValue {
  return COMPUTED[name];
}

const dateTime = Buffer.alloc(DATE_TIME_MAX_LENGTH);

const COMPUTED: Readonly<Record<ComputedName, FieldValue>> = {
  date_time: time({
    next: () => dateTime.toString("latin1", 0, writeDateTime(dateTime, 0, wallClock.millis, wallClock.nanos)),
    maxBytes: DATE_TIME_MAX_LENGTH + 2,
    write: (target, at) => quoted(target, at, (to) => writeDateTime(target, to, wallClock.millis, wallClock.nanos)),
  }),
  timestamp_nanos: time({
    next: (): JsonValue => BigInt(wallClock.millis) * 1_000_000n + BigInt(wallClock.nanos),
    maxBytes: MAX_DIGITS,
    write: (target, at) => writePadded(target, writeDecimal(target, at, wallClock.millis), wallClock.nanos, 6),
  }),
  timestamp_micros: integer(() => wallClock.millis * 1000 + Math.floor(wallClock.nanos / 1000)),
  timestamp_millis: integer(() => wallClock.millis),
  timestamp_seconds: integer(() => Math.floor(wallClock.millis / 1000)),
  uuid_v4: uuid((target, at) => uuidGenerator.writeV4(target, at)),
  uuid_v7: uuid((target, at) => uuidGenerator.writeV7(target, at, wallClock.millis)),
};

function integer(now: () => number): FieldValue {
  return time({ next: now, maxBytes: MAX_DIGITS, write: (target, at) => writeDecimal(target, at, now()) });
}

/** A value that depends on the time alone is formatted once per reading of the clock, and copied from then on. */
function time(value: FieldValue): FieldValue {
  const { next, maxBytes } = value;
  const text = Buffer.alloc(maxBytes);
  let length = 0;
  let reading = -1;
  return {
    next,
    maxBytes,
    write(target, at) {
      if (reading !== wallClock.readings) {
        reading = wallClock.readings;
        length = value.write(text, 0);
      }
      return copyRange(text, 0, length, target, at);
    },
  };
}

/** A string of ASCII characters that need no escape. */
function uuid(write: (target: Uint8Array, at: number) => number): FieldValue {
  const scratch = Buffer.alloc(UUID_LENGTH);
  return {
    next: () => scratch.toString("latin1", 0, write(scratch, 0)),
    maxBytes: UUID_LENGTH + 2,
    write(target, at) {
      target[at] = QUOTE;
      const end = write(target, at + 1);
      target[end] = QUOTE;
      return end + 1;
    },
  };
}

function quoted(target: Uint8Array, at: number, write: (at: number) => number): number {
  target[at] = QUOTE;
  const end = write(at + 1);
  target[end] = QUOTE;
  return end + 1;
}
