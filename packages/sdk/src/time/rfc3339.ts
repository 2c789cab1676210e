/** A point in time: whole seconds since the Unix epoch and nanoseconds within the second. */
export interface Moment {
  readonly seconds: number;
  readonly nanos: number;
}

/** Seconds of 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the years that four digits express. */
const FIRST_SECOND = -62_167_219_200;
const LAST_SECOND = 253_402_300_799;

const STRICT = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const LENIENT =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** The moment of an RFC 3339 date and time; `undefined` for anything else and for moments that are not, in UTC, of the years 0 to 9999. */
export function parseRfc3339(text: string): Moment | undefined {
  return parse(text, STRICT, 59);
}

/**
 * As `parseRfc3339`, and also: a space instead of the T, more than nine digits of a second (cut off), and the leap second (counted as the
 * second after it).
 */
export function parseLenientRfc3339(text: string): Moment | undefined {
  return parse(text, LENIENT, 60);
}

/** RFC 3339 in UTC with 0, 3, 6 or 9 digits of fraction, as many as needed; `undefined` for moments beyond the years 0 to 9999. */
export function formatRfc3339({ seconds, nanos }: Moment): string | undefined {
  if (!isWithinYears(seconds) || nanos < 0 || nanos > 999_999_999) return undefined;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${text}${fractionOf(nanos)}Z`;
}

/** A point and 3, 6 or 9 digits; empty for 0. */
export function fractionOf(nanos: number): string {
  if (nanos === 0) return "";
  const digits = String(nanos).padStart(9, "0");
  if (digits.endsWith("000000")) return `.${digits.slice(0, 3)}`;
  return digits.endsWith("000") ? `.${digits.slice(0, 6)}` : `.${digits}`;
}

function parse(text: string, pattern: RegExp, lastSecond: number): Moment | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > lastSecond) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second);
  const seconds = date.getTime() / 1000 - offsetSeconds(match[8]!);
  if (!isWithinYears(seconds)) return undefined;
  return { seconds, nanos: match[7] === undefined ? 0 : Number(match[7].padEnd(9, "0")) };
}

/** Whether a second since the Unix epoch is of the years 0 to 9999 in UTC. */
export function isWithinYears(seconds: number): boolean {
  return seconds >= FIRST_SECOND && seconds <= LAST_SECOND;
}

function offsetSeconds(zone: string): number {
  if (zone.length === 1) return 0;
  const seconds = Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(4)) * 60;
  return zone.startsWith("-") ? -seconds : seconds;
}
