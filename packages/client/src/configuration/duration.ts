const UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["sec", 1000],
  ["m", 60_000],
  ["min", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);
const FORM = /^(?:\d+(?:\.\d+)?\s*[a-z]+\s*)+$/;
const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)/g;
/** No useful duration is longer. */
const LONGEST = 64;

/**
 * Milliseconds of a text as `500ms`, `5s` or `1m 30s`, or `undefined` when it is not a duration.
 * The grammar of connection strings; that of configuration files is the SDK's (`config/duration.ts`), which this package
 * may not import.
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > LONGEST || !FORM.test(text)) return undefined;
  let total = 0;
  for (const [, number, name] of text.matchAll(PART)) {
    const unit = UNITS.get(name!);
    if (unit === undefined) return undefined;
    total += Number(number) * unit;
  }
  return total;
}
