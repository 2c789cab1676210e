/** The types that hold a date or a time of day. */
export type TimeKind = "timestamptz" | "timestamp" | "date" | "time" | "timetz";

/** What happens to digits behind the microsecond, which no type of PostgreSQL holds. */
export type ExcessPrecision = "reject" | "truncate";

/** A time as a column takes it, or why it cannot. */
export type TimeText = { readonly text: string } | { readonly fault: string };

/** Of a time of day alone the colons are required: `2024-05` is not one. */
const TIME = String.raw`(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?`;
const OFFSET = String.raw`\s?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)`;
const DATE_TIME = new RegExp(String.raw`^(\d{4,6})-(\d{2})-(\d{2})(?:(?:T|\s)${TIME}(?:${OFFSET})?)?$`, "i");
/** The basic format, whose year has four digits. */
const BASIC_DATE = /^(\d{4})(\d{2})(\d{2})(?=$|[T\s])/i;
const TIME_OF_DAY = new RegExp(`^${TIME.replaceAll(":?", ":")}(?:${OFFSET})?$`, "i");
/** Values of dates and timestamps, unlike `now` or `today`, which stand for the moment of reading. */
const INFINITIES: ReadonlySet<string> = new Set(["infinity", "-infinity"]);

/** A time as most producers write it: `0` stands for any digit. */
const SHAPE = "0000-00-00T00:00:00";
const SECONDS_LENGTH = SHAPE.length;
/** With `Z`. */
const UTC_LENGTH = SECONDS_LENGTH + 1;
const DIGIT_ZERO = 48;
const DIGIT_NINE = 57;
const POINT = 46;
const LETTER_Z = 90;
const MICROSECOND_DIGITS = 6;
const SECONDS_OF_DAY = 86_400;

/**
 * Whether the server reads the text as it is meant, whatever the settings of the session are: `2024-05-01T10:00:00.123456Z`, the usual
 * form by far. A `timestamp`, for which the server drops the zone, is then the time in UTC. All other forms are for `readTime`.
 */
export function readsAsItIs(kind: TimeKind, value: string): boolean {
  const { length } = value;
  if ((kind !== "timestamptz" && kind !== "timestamp") || length < UTC_LENGTH) return false;
  if (length > UTC_LENGTH && (length === UTC_LENGTH + 1 || length > UTC_LENGTH + 1 + MICROSECOND_DIGITS)) return false;
  for (let index = 0; index < SECONDS_LENGTH; index++) {
    const code = value.charCodeAt(index);
    if (isDigit(code) ? SHAPE.charCodeAt(index) !== DIGIT_ZERO : SHAPE.charCodeAt(index) !== code) return false;
  }
  if (value.charCodeAt(length - 1) !== LETTER_Z) return false;
  if (length === UTC_LENGTH) return true;
  if (value.charCodeAt(SECONDS_LENGTH) !== POINT) return false;
  for (let index = UTC_LENGTH; index < length - 1; index++) if (!isDigit(value.charCodeAt(index))) return false;
  return true;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_ZERO && code <= DIGIT_NINE;
}

/**
 * A time of ISO 8601, or RFC 3339, as the column takes it. A type without a zone takes the time in UTC: PostgreSQL itself would drop the
 * offset, and make another instant of it. Other forms are refused, as their meaning depends on settings of the session
 * (`01/02/2024`) or on the moment (`now`); what only the calendar knows (30 February) the server refuses.
 */
export function readTime(kind: TimeKind, value: string, excess: ExcessPrecision): TimeText {
  const text = value.trim();
  if (kind === "time" || kind === "timetz") {
    const found = TIME_OF_DAY.exec(text);
    if (found !== null) return timeOfDay(kind, found, excess);
  }
  if (INFINITIES.has(text) && kind !== "time" && kind !== "timetz") return { text };
  const found = DATE_TIME.exec(text.replace(BASIC_DATE, "$1-$2-$3"));
  if (found === null) return { fault: "is not a time of ISO 8601 such as 2024-05-01T10:00:00Z" };
  const [, year, month, day, hour, minute = "00", second = "00", digits = "", offset] = found;
  const fraction = fractionOf(digits, excess);
  if (fraction === undefined) return tooExact();
  if (hour === undefined) return kind === "timetz" ? { fault: "is a date" } : { text: `${year}-${month}-${day}` };
  const clock = `${hour}:${minute}:${second}`;
  if (kind === "timestamptz") return { text: `${year}-${month}-${day} ${clock}${fraction}${offset ?? ""}` };
  if (kind === "timetz") return { text: `${clock}${fraction}${offset ?? ""}` };
  const seconds = offsetSeconds(offset);
  if (seconds === 0) return local(kind, `${year}-${month}-${day}`, `${clock}${fraction}`);
  const utc = shifted([year!, month!, day!], [hour, minute, second], seconds);
  if (utc === undefined) return { fault: "is not in the calendar" };
  return local(kind, utc.date, utc.clock + fraction);
}

function local(kind: TimeKind, date: string, clock: string): TimeText {
  if (kind === "date") return { text: date };
  return { text: kind === "time" ? clock : `${date} ${clock}` };
}

function timeOfDay(kind: TimeKind, found: RegExpExecArray, excess: ExcessPrecision): TimeText {
  const [, hour, minute, second = "00", digits = "", offset] = found;
  const fraction = fractionOf(digits, excess);
  if (fraction === undefined) return tooExact();
  if (kind === "timetz") return { text: `${hour}:${minute}:${second}${fraction}${offset ?? ""}` };
  const shift = offsetSeconds(offset);
  if (shift === 0) return { text: `${hour}:${minute}:${second}${fraction}` };
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second) - shift;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return { fault: "is not a time of day" };
  return { text: clockText(((seconds % SECONDS_OF_DAY) + SECONDS_OF_DAY) % SECONDS_OF_DAY) + fraction };
}

/** `undefined`: it has digits that would be lost. */
function fractionOf(digits: string, excess: ExcessPrecision): string | undefined {
  const kept = digits.slice(0, MICROSECOND_DIGITS);
  if (excess === "reject" && /[1-9]/.test(digits.slice(MICROSECOND_DIGITS))) return undefined;
  return kept === "" ? "" : `.${kept}`;
}

function tooExact(): TimeText {
  return { fault: "is more exact than a microsecond, which PostgreSQL cannot hold" };
}

/** Seconds east of UTC. */
function offsetSeconds(offset: string | undefined): number {
  if (offset === undefined || /^[zug]/i.test(offset)) return 0;
  const digits = offset.slice(1).replaceAll(":", "");
  const seconds =
    Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4) || 0) * 60 + Number(digits.slice(4) || 0);
  return offset.startsWith("-") ? -seconds : seconds;
}

/** The same instant in UTC. */
function shifted(
  [year, month, day]: readonly [string, string, string],
  [hour, minute, second]: readonly [string, string, string],
  offset: number,
): { readonly date: string; readonly clock: string } | undefined {
  const midnight = new Date(0);
  midnight.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // Date counts on where the calendar ends, and the server would not see it any more.
  if (midnight.getUTCMonth() !== Number(month) - 1 || midnight.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offset;
  const days = Math.floor(seconds / SECONDS_OF_DAY);
  midnight.setUTCDate(midnight.getUTCDate() + days);
  const shiftedYear = midnight.getUTCFullYear();
  const era = shiftedYear <= 0 ? undefined : String(shiftedYear).padStart(4, "0");
  if (era === undefined) return undefined;
  const date = `${era}-${two(midnight.getUTCMonth() + 1)}-${two(midnight.getUTCDate())}`;
  return { date, clock: clockText(seconds - days * SECONDS_OF_DAY) };
}

function clockText(seconds: number): string {
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
