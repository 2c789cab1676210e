import type { JsonValue } from "@iggy-connectors/sdk";

/** A way to write times, which are nanoseconds since the Unix epoch. */
export interface TimeFormat {
  /** Undefined: that is no time. */
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
const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const PLAIN_DATE = /^\d{4}-\d\d-\d\d$/;

/** The format of a name, or of a pattern of Luxon's tokens. Throws `Error` for an unknown time zone. */
export async function timeFormat(name: string, timezone: string): Promise<TimeFormat> {
  const unit = UNITS.get(name);
  if (unit !== undefined) return epoch(unit);
  if (name === "rfc3339") return rfc3339;
  if (name === "date" && timezone === "UTC") return utcDate;
  if (/^epoch|^rfc|^iso|^unix/i.test(name)) {
    throw new Error(
      `${JSON.stringify(name)} is no format; known are ${[...UNITS.keys(), "rfc3339", "date"].join(", ")}`,
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
    write: (nanos) => asNumber(floorDivide(nanos, unit)),
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
    const match = typeof value === "string" ? RFC_3339.exec(value) : null;
    if (match === null) return undefined;
    const [, year, month, day, hour, minute, second, fraction = "", sign, offsetHours, offsetMinutes] = match;
    const millis = utcMillis(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
    if (millis === undefined || Number(offsetHours ?? 0) > 23 || Number(offsetMinutes ?? 0) > 59) return undefined;
    const offset = (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) * (sign === "-" ? -1 : 1);
    return BigInt(millis - offset * 60_000) * NANOS_PER_MILLI + BigInt(fraction.padEnd(9, "0"));
  },
  write(nanos) {
    const seconds = floorDivide(nanos, NANOS_PER_SECOND);
    const fraction = String(nanos - seconds * NANOS_PER_SECOND)
      .padStart(9, "0")
      .replace(/(?:000){1,3}$/, "");
    const text = new Date(Number(seconds) * 1000).toISOString();
    return `${text.slice(0, -5)}${fraction === "" ? "" : `.${fraction}`}Z`;
  },
};

/** Undefined: there is no such day or time; the leap second counts as the next one. */
function utcMillis(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.setUTCHours(hour, minute, second);
}

const utcDate: TimeFormat = {
  read: (value) =>
    typeof value === "string" && PLAIN_DATE.test(value) ? rfc3339.read(`${value}T00:00:00Z`) : undefined,
  write: (nanos) => new Date(Number(floorDivide(nanos, NANOS_PER_MILLI))).toISOString().slice(0, -14),
};

async function pattern(tokens: string, timezone: string): Promise<TimeFormat> {
  const { DateTime, IANAZone, FixedOffsetZone } = await import("luxon");
  const offset = FixedOffsetZone.parseSpecifier(timezone);
  if (offset === null && !IANAZone.isValidZone(timezone)) {
    throw new Error(`timezone: there is no time zone ${JSON.stringify(timezone)}`);
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

function asNumber(value: bigint): JsonValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
