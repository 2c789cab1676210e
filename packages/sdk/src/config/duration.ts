import { z } from "zod";
import { FatalError } from "../contract/errors.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// The durations of configuration files. The Iggy client reads those of connection strings by itself
// (`configuration/duration.ts`): neither package may import the other.

/** Milliseconds per unit; a month is 30.44 days and a year 365.25 days, as in the original's grammar (humantime). */
const UNITS: ReadonlyMap<string, number> = new Map([
  ...units(1e-6, "ns", "nsec", "nanos"),
  ...units(1e-3, "us", "usec", "\u00b5s", "\u03bcs"),
  ...units(1, "ms", "msec", "millis"),
  ...units(SECOND, "s", "sec", "secs", "second", "seconds"),
  ...units(MINUTE, "m", "min", "mins", "minute", "minutes"),
  ...units(HOUR, "h", "hr", "hrs", "hour", "hours"),
  ...units(DAY, "d", "day", "days"),
  ...units(7 * DAY, "w", "wk", "wks", "week", "weeks"),
  ...units(2_630_016 * SECOND, "month", "months"),
  ...units(31_557_600 * SECOND, "y", "yr", "yrs", "year", "years"),
]);

const ZERO_WORDS: ReadonlySet<string> = new Set(["0", "unlimited", "disabled", "none"]);
const FIX = 'write a number with a unit, such as "500ms", "30s" or "1h 30m"; "0" means none';

function units(milliseconds: number, ...names: string[]): [string, number][] {
  return names.map((name) => [name, milliseconds]);
}

/**
 * Milliseconds of a duration: `0`, `unlimited`, `disabled`, `none`, or a sequence of `<number><unit>` such as
 * `5ms`, `1.5s`, `1h 30m`. Throws `FatalError` (`IGC_CONFIG_DURATION`) for anything else, also for a bare number.
 */
export function parseDuration(text: string): number {
  const milliseconds = readDuration(text);
  if (milliseconds === undefined) {
    throw new FatalError(`${JSON.stringify(text)} is not a duration`, { code: "IGC_CONFIG_DURATION", fix: FIX });
  }
  return milliseconds;
}

function readDuration(text: string): number | undefined {
  const normal = text.trim().toLowerCase();
  if (ZERO_WORDS.has(normal)) return 0;
  const part = /(\d+(?:\.\d+)?)\s*([a-z\u00b5\u03bc]+)\s*/y;
  let total = 0;
  let end = 0;
  for (let match = part.exec(normal); match !== null; match = part.exec(normal)) {
    const unit = UNITS.get(match[2]!);
    if (unit === undefined) return undefined;
    total += Number(match[1]) * unit;
    end = part.lastIndex;
  }
  return end > 0 && end === normal.length && Number.isFinite(total) ? total : undefined;
}

const COARSE_UNITS = [
  ["d", DAY],
  ["h", HOUR],
  ["m", MINUTE],
  ["s", SECOND],
  ["ms", 1],
] as const;
const FINE_UNITS = [
  ["us", 1000],
  ["ns", 1],
] as const;

/** The shortest string that `parseDuration` reads as the same number of milliseconds, to the nanosecond: `1m 30s`. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  const nanoseconds = Math.round((milliseconds - whole) * 1e6);
  return [...split(whole, COARSE_UNITS), ...split(nanoseconds, FINE_UNITS)].join(" ") || "0s";
}

function split(amount: number, units: readonly (readonly [string, number])[]): string[] {
  const parts: string[] = [];
  let rest = amount;
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts;
}

/**
 * A duration in a connector's configuration: a string in the file, milliseconds in `create`. Give a default as a string:
 * `duration().prefault("30s")`.
 */
export function duration() {
  return z
    .union([z.string(), z.literal(0)], { error: `must be a duration: ${FIX}` })
    .transform((input, context): number => {
      const milliseconds = input === 0 ? 0 : readDuration(input);
      if (milliseconds === undefined) {
        context.issues.push({ code: "custom", input, message: `${JSON.stringify(input)} is not a duration: ${FIX}` });
        return z.NEVER;
      }
      return milliseconds;
    })
    .meta({ unit: "duration" });
}
