import { parseRetryAfter } from "./retry-after.ts";

const DAY = 86_400_000;
/** A larger number is a time since the Unix epoch, a smaller one a time from now; from there on in milliseconds. */
const EPOCH_SECONDS = 1_000_000_000;
const EPOCH_MILLISECONDS = 1_000_000_000_000;
const UNITS: Readonly<Record<string, number>> = { d: DAY, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
/** Names before `-remaining` and `-reset` in the headers of well-known services; the last are those of a draft of RFC 9331's group. */
const FAMILIES = ["x-ratelimit", "x-rate-limit", "ratelimit", "rate-limit"] as const;
/** OpenAI and others have a limit for each resource. */
const RESOURCES = ["", "-requests", "-tokens"] as const;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Milliseconds for which a server asks to send no more requests: its `Retry-After`, or the end of a rate limit of which nothing remains.
 * `undefined`: it does not. Known are `X-RateLimit-*`, `X-Rate-Limit-*`, `RateLimit-*`, `X-RateLimit-Reset-After`, and the `RateLimit` header
 * of draft-ietf-httpapi-ratelimit-headers in both of its forms (`limit=10, remaining=0, reset=5` and `"policy";r=0;t=5`); the end as a
 * number of seconds from now, a time in seconds or milliseconds since the Unix epoch, a date (ISO 8601, HTTP) or a duration such as `1m30s`. At
 * most a day, since the value comes from outside.
 */
export function rateLimitWait(headers: Headers, now: number): number | undefined {
  const waits = [parseRetryAfter(headers["retry-after"], now), ...exhausted(headers, now)];
  const known = waits.filter((wait) => wait !== undefined);
  return known.length === 0 ? undefined : Math.min(Math.max(...known, 0), DAY);
}

function exhausted(headers: Headers, now: number): (number | undefined)[] {
  const waits: (number | undefined)[] = [];
  for (const family of FAMILIES) {
    for (const resource of RESOURCES) {
      if (!isZero(one(headers[`${family}-remaining${resource}`]))) continue;
      const after = headers[`${family}-reset-after${resource}`];
      waits.push(timeUntil(one(after ?? headers[`${family}-reset${resource}`]), now));
    }
  }
  for (const [remaining, reset] of policies(one(headers.ratelimit))) {
    if (isZero(remaining)) waits.push(timeUntil(reset, now));
  }
  return waits;
}

/** What remains, and when more does, of each policy in a `RateLimit` header. */
function policies(header: string | undefined): (readonly [string | undefined, string | undefined])[] {
  if (header === undefined) return [];
  const value = (text: string, ...names: string[]): string | undefined =>
    new RegExp(`(?:^|[;,\\s])(?:${names.join("|")})\\s*=\\s*"?([^;,"\\s]+)`, "i").exec(text)?.[1];
  const isList = /(?:^|[;,\s])remaining\s*=/i.test(header);
  return (isList ? [header] : header.split(",")).map(
    (text) => [value(text, "remaining", "r"), value(text, "reset", "t")] as const,
  );
}

/** Undefined: it is not a time. */
function timeUntil(text: string | undefined, now: number): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    if (number >= EPOCH_MILLISECONDS) return Math.max(0, number - now);
    return number >= EPOCH_SECONDS ? Math.max(0, number * 1000 - now) : number * 1000;
  }
  if (/^(\d+(\.\d+)?(ms|[dhms]))+$/.test(text)) {
    let duration = 0;
    for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g))
      duration += Number(number) * UNITS[unit!]!;
    return duration;
  }
  const date = /^(\d{4}-\d{2}-\d{2}T|[A-Za-z]{3,9},? )/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function isZero(text: string | undefined): boolean {
  return text !== undefined && /^0+(\.0+)?$/.test(text);
}

/** Proxies may add a header of their own: the first one is the server's. */
function one(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.trim();
}
