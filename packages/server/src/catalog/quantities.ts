// The quantities of topic options as the Iggy server reads them: exact to 64 bits, and microseconds for times. Configuration
// files and connection strings have grammars of their own (SDK, client), which this package may not import.

/** Texts that option values may have instead of a number, as Iggy's configuration writes them. */
const UNLIMITED_WORDS = new Set(["unlimited", "never", "none"]);
const DEFAULT_WORDS = new Set(["default", "server_default"]);

const MAX_U64 = 18_446_744_073_709_551_615n;

const BYTE_UNITS: ReadonlyMap<string, bigint> = new Map([
  ["", 1n],
  ["b", 1n],
  ["kb", 10n ** 3n],
  ["mb", 10n ** 6n],
  ["gb", 10n ** 9n],
  ["tb", 10n ** 12n],
  ["kib", 2n ** 10n],
  ["mib", 2n ** 20n],
  ["gib", 2n ** 30n],
  ["tib", 2n ** 40n],
]);

/** Units in microseconds. */
const TIME_UNITS: ReadonlyMap<string, bigint> = new Map(
  (
    [
      [1n, ["us", "usec"]],
      [10n ** 3n, ["ms", "msec"]],
      [10n ** 6n, ["s", "sec", "secs", "second", "seconds"]],
      [60n * 10n ** 6n, ["m", "min", "mins", "minute", "minutes"]],
      [3600n * 10n ** 6n, ["h", "hr", "hrs", "hour", "hours"]],
      [86_400n * 10n ** 6n, ["d", "day", "days"]],
      [604_800n * 10n ** 6n, ["w", "week", "weeks"]],
    ] satisfies [bigint, string[]][]
  ).flatMap(([factor, names]) => names.map((name): [string, bigint] => [name, factor])),
);

/** Bytes of `128MiB`, `1 GB`, `4096`, `unlimited`; nothing when the text is none of these. */
export function parseByteSize(text: string): bigint | undefined {
  const word = parseWord(text);
  if (word !== undefined) return word;
  const match = /^(\d{1,20})\s*([a-z]*)$/i.exec(text);
  if (match === null) return undefined;
  const factor = BYTE_UNITS.get(match[2]!.toLowerCase());
  return factor === undefined ? undefined : withinU64(BigInt(match[1]!) * factor);
}

/** Microseconds of `7 days`, `1h 30m`, `never`, or of a plain number of microseconds. */
export function parseDuration(text: string): bigint | undefined {
  const word = parseWord(text);
  if (word !== undefined) return word;
  if (/^\d{1,20}$/.test(text)) return withinU64(BigInt(text));
  if (text.length > 100 || !/^(\d{1,20}\s*[a-z]+\s*)+$/i.test(text)) return undefined;
  let total = 0n;
  for (const [, digits, unit] of text.matchAll(/(\d+)\s*([a-z]+)/gi)) {
    const factor = TIME_UNITS.get(unit!.toLowerCase());
    if (factor === undefined) return undefined;
    total += BigInt(digits!) * factor;
  }
  return withinU64(total);
}

function parseWord(text: string): bigint | undefined {
  const word = text.toLowerCase();
  if (UNLIMITED_WORDS.has(word)) return MAX_U64;
  return DEFAULT_WORDS.has(word) ? 0n : undefined;
}

function withinU64(value: bigint): bigint | undefined {
  return value <= MAX_U64 ? value : undefined;
}
