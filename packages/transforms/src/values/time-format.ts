import { fractionOf, parseLenientRfc3339 } from "@iggy-connectors/codecs";
import type { JsonValue } from "@iggy-connectors/sdk";
import { exactInteger } from "@iggy-connectors/sdk/internal";

/** A notation for times, which are nanoseconds since the Unix epoch. */
export interface TimeFormat {
  /** `undefined`: the value is not a time in this notation. */
  read(value: JsonValue): bigint | undefined;
  write(nanos: bigint): JsonValue;
}

const NANOS_PER_MILLI = 1_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["epoch_seconds", NANOS_PER_SECOND],
  ["epoch_millis", NANOS_PER_MILLI],
  ["epoch_micros", 1000n],
  ["epoch_nanos", 1n],
]);

/** What JavaScript's dates can hold. */
const MAX_NANOS = 8_640_000_000_000_000n * NANOS_PER_MILLI;
const PLAIN_DATE = /^\d{4}-\d\d-\d\d$/;

/** The format of this name, or of a pattern of Luxon's tokens. Throws `Error` for an unknown name or time zone. */
export async function timeFormat(name: string, timezone: string): Promise<TimeFormat> {
  const unit = UNITS.get(name);
  if (unit !== undefined) return epoch(unit);
  if (name === "rfc3339") return rfc3339;
  if (name === "date" && timezone === "UTC") return utcDate;
  if (/^epoch|^rfc|^iso|^unix/i.test(name)) {
    throw new Error(
      `${JSON.stringify(name)} is not a time format; the formats are ${[...UNITS.keys(), "rfc3339", "date"].join(", ")}`,
    );
  }
  return pattern(name === "date" ? "yyyy-LL-dd" : name, timezone);
}

function epoch(unit: bigint): TimeFormat {
  return {
    read(value) {
      const nanos = toNanos(value, unit);
      return nanos === undefined || nanos > MAX_NANOS || nanos < -MAX_NANOS ? undefined : nanos;
    },
    write: (nanos) => exactInteger(floorDivide(nanos, unit)),
  };
}

function toNanos(value: JsonValue, unit: bigint): bigint | undefined {
  if (typeof value === "bigint") return value * unit;
  if (typeof value === "number") {
    if (Number.isInteger(value)) return BigInt(value) * unit;
    const whole = Math.floor(value);
    return BigInt(whole) * unit + BigInt(Math.round((value - whole) * Number(unit)));
  }
  return typeof value === "string" && /^-?\d{1,25}$/.test(value) ? BigInt(value) * unit : undefined;
}

const rfc3339: TimeFormat = {
  read(value) {
    const moment = typeof value === "string" ? parseLenientRfc3339(value) : undefined;
    return moment === undefined ? undefined : BigInt(moment.seconds) * NANOS_PER_SECOND + BigInt(moment.nanos);
  },
  write(nanos) {
    const seconds = floorDivide(nanos, NANOS_PER_SECOND);
    const text = new Date(Number(seconds) * 1000).toISOString();
    return `${text.slice(0, -5)}${fractionOf(Number(nanos - seconds * NANOS_PER_SECOND))}Z`;
  },
};

const utcDate: TimeFormat = {
  read: (value) =>
    typeof value === "string" && PLAIN_DATE.test(value) ? rfc3339.read(`${value}T00:00:00Z`) : undefined,
  write: (nanos) => new Date(Number(floorDivide(nanos, NANOS_PER_MILLI))).toISOString().slice(0, -14),
};

async function pattern(tokens: string, timezone: string): Promise<TimeFormat> {
  const { DateTime, IANAZone, FixedOffsetZone } = await import("luxon");
  const offset = FixedOffsetZone.parseSpecifier(timezone);
  if (offset === null && !IANAZone.isValidZone(timezone)) {
    throw new Error(`timezone: no such time zone: ${JSON.stringify(timezone)}`);
  }
  const zone = offset ?? IANAZone.create(timezone);
  const options = { zone, locale: "en" };
  return {
    read(value) {
      if (typeof value !== "string") return undefined;
      const time = DateTime.fromFormat(value, tokens, options);
      return time.isValid ? BigInt(time.toMillis()) * NANOS_PER_MILLI : undefined;
    },
    write: (nanos) =>
      DateTime.fromMillis(Number(floorDivide(nanos, NANOS_PER_MILLI)), options).toFormat(tokens, { locale: "en" }),
  };
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
