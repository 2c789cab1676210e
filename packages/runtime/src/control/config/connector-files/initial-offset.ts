import { parseLenientRfc3339 } from "@iggy-connectors/sdk/internal";
import type { InitialOffset } from "../../../shared/task/task-spec.ts";

export const INITIAL_OFFSET_HELP = 'write "first", "last", an offset, or a time such as "2026-01-31T12:00:00Z"';

const MAX_OFFSET = 2n ** 64n - 1n;

/** `first`, `last`, an offset, or an RFC 3339 time; `undefined` for anything else. */
export function parseInitialOffset(value: string | number): InitialOffset | undefined {
  const text = String(value).trim();
  if (text === "first" || text === "last") return { kind: text };
  if (/^\d{1,20}$/.test(text)) {
    const offset = BigInt(text);
    return offset <= MAX_OFFSET ? { kind: "offset", offset } : undefined;
  }
  const moment = parseLenientRfc3339(text);
  // Iggy's timestamps are unsigned microseconds.
  if (moment === undefined || moment.seconds < 0) return undefined;
  const timestamp = BigInt(moment.seconds) * 1_000_000n + BigInt(Math.floor(moment.nanos / 1000));
  return { kind: "timestamp", timestamp };
}
