import type { JsonValue } from "@iggy-connectors/sdk";
import { exactInteger, formatRfc3339, isWithinYears, parseLenientRfc3339 } from "@iggy-connectors/sdk/internal";
import { decimalNanos, floorDivide, NANOS_PER_SECOND, secondOf } from "./nanos.ts";

/** A notation for times, which are nanoseconds since the Unix epoch within the years 0 to 9999. No time passes through a double. */
export interface TimeFormat {
  /** `value`: a string, or a number as its digits. `undefined`: it is not a time in this notation, or is beyond those years. */
  read(value: JsonValue): bigint | undefined;
  /** `undefined`: the notation cannot express the time. */
  write(nanos: bigint): JsonValue | undefined;
}

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["epoch_seconds", NANOS_PER_SECOND],
  ["epoch_millis", 1_000_000n],
  ["epoch_micros", 1000n],
  ["epoch_nanos", 1n],
]);

const PLAIN_DATE = /^\d{4}-\d\d-\d\d$/;

/** The format of this name, or of a pattern. Throws `Error` for an unknown name or time zone, and for a pattern that cannot be used. */
export async function timeFormat(name: string, timezone: string, use: "read" | "write"): Promise<TimeFormat> {
  const unit = UNITS.get(name);
  if (unit !== undefined) return epoch(unit);
  if (name === "rfc3339") return rfc3339;
  if (name === "date" && timezone === "UTC") return utcDate;
  if (/^epoch|^rfc|^iso|^unix/i.test(name)) {
    throw new Error(
      `${JSON.stringify(name)} is not a time format; the formats are ${[...UNITS.keys(), "rfc3339", "date"].join(", ")}`,
    );
  }
  const { patternFormat } = await import("./pattern-format.ts");
  return patternFormat(name === "date" ? "yyyy-LL-dd" : name, timezone, use);
}

function epoch(unit: bigint): TimeFormat {
  return {
    read(value) {
      const nanos = typeof value === "string" ? decimalNanos(value, unit) : undefined;
      return nanos !== undefined && isWithinYears(secondOf(nanos)) ? nanos : undefined;
    },
    write: (nanos) => exactInteger(floorDivide(nanos, unit)),
  };
}

const rfc3339: TimeFormat = {
  read(value) {
    const moment = typeof value === "string" ? parseLenientRfc3339(value) : undefined;
    return moment === undefined ? undefined : BigInt(moment.seconds) * NANOS_PER_SECOND + BigInt(moment.nanos);
  },
  write(nanos) {
    const seconds = secondOf(nanos);
    return formatRfc3339({ seconds, nanos: Number(nanos - BigInt(seconds) * NANOS_PER_SECOND) });
  },
};

const utcDate: TimeFormat = {
  read: (value) =>
    typeof value === "string" && PLAIN_DATE.test(value) ? rfc3339.read(`${value}T00:00:00Z`) : undefined,
  write: (nanos) => formatRfc3339({ seconds: secondOf(nanos), nanos: 0 })?.slice(0, 10),
};
