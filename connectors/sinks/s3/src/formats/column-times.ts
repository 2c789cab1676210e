import { parseRfc3339 } from "@iggy-connectors/sdk";

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?$/;
const SECONDS_OF_DAY = 86_400;
const NANOS_OF_MICRO = 1000;
const INT64_MAX = 2n ** 63n - 1n;

/** Microseconds since the Unix epoch; undefined for what is not in the calendar, or more exact. */
export function microsecondsOf(text: string): bigint | undefined {
  const moment = momentOf(text);
  if (moment === undefined || moment.nanos % NANOS_OF_MICRO !== 0) return undefined;
  return BigInt(moment.seconds) * 1_000_000n + BigInt(moment.nanos / NANOS_OF_MICRO);
}

/** Nanoseconds since the Unix epoch, as far as 64 bits hold them. */
export function nanosecondsOf(text: string): bigint | undefined {
  const moment = momentOf(text);
  if (moment === undefined) return undefined;
  const nanos = BigInt(moment.seconds) * 1_000_000_000n + BigInt(moment.nanos);
  return nanos <= INT64_MAX && nanos >= -INT64_MAX - 1n ? nanos : undefined;
}

/** Days since the Unix epoch; of a date and time, those of its day in UTC. */
export function daysOf(text: string): bigint | undefined {
  const moment = momentOf(text);
  return moment === undefined ? undefined : BigInt(Math.floor(moment.seconds / SECONDS_OF_DAY));
}

/** A date is its midnight, and a time without a zone is one of UTC. */
function momentOf(text: string): ReturnType<typeof parseRfc3339> {
  if (DATE.test(text)) return parseRfc3339(`${text}T00:00:00Z`);
  const iso = text.replace(/^(\d{4}-\d{2}-\d{2}) /, "$1T");
  return parseRfc3339(WITHOUT_ZONE.test(iso) ? `${iso}Z` : iso);
}
