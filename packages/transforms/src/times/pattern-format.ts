import { isWithinYears } from "@iggy-connectors/sdk/internal";
import { DateTime, FixedOffsetZone, IANAZone, type Zone } from "luxon";
import { NANOS_PER_SECOND, secondOf } from "./nanos.ts";
import { luxonTokens, type PatternPart, patternParts } from "./pattern-tokens.ts";
import type { TimeFormat } from "./time-format.ts";

type Fraction = Extract<PatternPart, { kind: "fraction" }>;

const DAY = 86_400_000;
const MINUTE = 60_000;
/** Names of months and days are English wherever the process runs. */
const LOCALE = { locale: "en" } as const;
/** Tokens that determine the year, so that no part of a date comes from the day on which the message is read. */
const YEAR = /^[ykiXxDfF]/;
const ZONE = /^[Zz]/;
const EPOCH = /^[Xx]/;

/**
 * The format of a pattern: tokens of Luxon for all but the fraction of the second, whose digits are read and written here. Throws `Error`
 * for an unknown time zone and a pattern that cannot be used.
 */
export function patternFormat(pattern: string, timezone: string, use: "read" | "write"): TimeFormat {
  const offset = FixedOffsetZone.parseSpecifier(timezone);
  if (offset === null && !IANAZone.isValidZone(timezone)) {
    throw new Error(`timezone: no such time zone: ${JSON.stringify(timezone)}`);
  }
  const zone: Zone = offset ?? IANAZone.create(timezone);
  const parts = patternParts(pattern);
  return {
    read: use === "read" ? reader(pattern, parts, zone) : () => undefined,
    write: writer(parts, zone),
  };
}

function reader(pattern: string, parts: readonly PatternPart[], zone: Zone): TimeFormat["read"] {
  const tokens = luxonTokens(parts);
  const fractions = parts.filter((part) => part.kind === "fraction");
  const [fraction] = fractions;
  if (!tokens.some((token) => YEAR.test(token))) {
    throw new Error(`${JSON.stringify(pattern)} has no year, without which a time cannot be read`);
  }
  const isEpoch = tokens.some((token) => EPOCH.test(token));
  if (fractions.length > 1 || (isEpoch && fraction !== undefined)) {
    throw new Error(`${JSON.stringify(pattern)} has the fraction of the second twice`);
  }
  const hasZone = tokens.some((token) => ZONE.test(token));
  // Luxon reads the digits of a fraction by its token u; what they mean is decided below.
  const text = parts.map((part) => (part.kind === "luxon" ? part.text : "u")).join("");
  const parser = DateTime.buildFormatParser(text, LOCALE);
  const digits = fraction === undefined ? undefined : fractionReader(parts, text, fraction);
  return (value) => {
    if (typeof value !== "string") return undefined;
    const time = DateTime.fromFormatParser(value, parser, { ...LOCALE, zone: "utc", setZone: true });
    if (!time.isValid) return undefined;
    const nanos = digits === undefined ? 0n : digits(value);
    if (nanos === undefined) return undefined;
    const millis = time.toMillis();
    if (isEpoch) return inYears(BigInt(millis) * 1_000_000n);
    const wall = Math.floor((millis + time.offset * MINUTE) / 1000) * 1000;
    const instant = instantOf(wall, hasZone ? time.zone : zone);
    return instant === undefined ? undefined : inYears(BigInt(instant) * 1_000_000n + nanos);
  };
}

/** Finds the digits of the fraction in a text that the pattern matches, as nanoseconds; undefined: not as many as the pattern says. */
function fractionReader(
  parts: readonly PatternPart[],
  text: string,
  { form, digits }: Fraction,
): (value: string) => bigint | undefined {
  const { regex } = DateTime.fromFormatExplain("", text, LOCALE);
  const before = parts[0];
  const prefix = before?.kind === "luxon" ? groupsOf(DateTime.fromFormatExplain("", before.text, LOCALE).regex) : 0;
  return (value) => {
    const found = regex?.exec(value)?.[prefix + 1];
    if (found === undefined || (form === "digits" && found.length !== digits)) return undefined;
    return BigInt(form === "number" ? found : found.padEnd(9, "0"));
  };
}

function groupsOf(regex: RegExp | undefined): number {
  return regex === undefined ? 0 : new RegExp(`${regex.source}|`, "i").exec("")!.length - 1;
}

/**
 * The instant at which clocks of a zone show a time, of two the first; undefined: a clock that was put forward never showed it. Luxon's own
 * choice depends on the time of the year at which it is asked.
 */
function instantOf(wall: number, zone: Zone): number | undefined {
  const candidates = [zone.offset(wall - DAY), zone.offset(wall + DAY)]
    .map((offset) => ({ offset, instant: Math.round(wall - offset * MINUTE) }))
    .filter(({ offset, instant }) => zone.offset(instant) === offset)
    .map(({ instant }) => instant);
  return candidates.length === 0 ? undefined : Math.min(...candidates);
}

function writer(parts: readonly PatternPart[], zone: Zone): TimeFormat["write"] {
  return (nanos) => {
    const second = secondOf(nanos);
    const time = DateTime.fromMillis(second * 1000, { ...LOCALE, zone });
    if (time.year < 0 || time.year > 9999) return undefined;
    const rest = String(nanos - BigInt(second) * NANOS_PER_SECOND);
    return parts
      .map((part) => (part.kind === "luxon" ? time.toFormat(part.text, LOCALE) : fractionText(part, rest)))
      .join("");
  };
}

/** Digits beyond those of the pattern are cut off. */
function fractionText({ form, digits }: Fraction, nanos: string): string {
  if (form === "number") return nanos;
  const all = nanos.padStart(9, "0");
  if (form === "digits") return all.slice(0, digits);
  return all.replace(/(?:000){1,2}$/, "");
}

function inYears(nanos: bigint): bigint | undefined {
  return isWithinYears(secondOf(nanos)) ? nanos : undefined;
}
