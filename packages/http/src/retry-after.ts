const DAY = 86_400_000;

/**
 * Milliseconds from a `Retry-After` header: whole seconds or an HTTP date (RFC 9110 §10.2.3). `undefined` when absent or
 * unreadable; at most a day, since the value comes from outside.
 */
export function parseRetryAfter(value: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1000, DAY);
  // An HTTP date starts with a day's name; Date.parse alone would also take "2024" or "-1".
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date - now, 0), DAY);
}
