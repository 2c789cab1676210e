import type { InitialOffset } from "../../../shared/task/task-spec.ts";

export const INITIAL_OFFSET_HELP = 'write "first", "last", an offset, or a time such as "2026-01-31T12:00:00Z"';

const MAX_OFFSET = 2n ** 64n - 1n;
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** `first`, `last`, an offset, or an RFC 3339 time; `undefined` for anything else. */
export function parseInitialOffset(value: string | number): InitialOffset | undefined {
  const text = String(value).trim();
  if (text === "first" || text === "last") return { kind: text };
  if (/^\d{1,20}$/.test(text)) {
    const offset = BigInt(text);
    return offset <= MAX_OFFSET ? { kind: "offset", offset } : undefined;
  }
  const match = RFC_3339.exec(text);
  const milliseconds = match === null ? Number.NaN : Date.parse(text.replace(" ", "T"));
  if (match === null || Number.isNaN(milliseconds)) return undefined;
  // Date keeps milliseconds; Iggy's timestamps are microseconds.
  const micros = Number((match[1] ?? "").padEnd(6, "0").slice(3, 6));
  return { kind: "timestamp", timestamp: BigInt(milliseconds) * 1000n + BigInt(micros) };
}
