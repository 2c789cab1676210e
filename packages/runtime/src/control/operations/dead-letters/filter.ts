import type { DeadLetterRecord } from "../../../shared/dead-letter/dead-letter-record.ts";

/** Which letters are selected; an absent field selects all. */
export interface LetterFilter {
  readonly stage?: string;
  readonly code?: string;
  readonly transform?: string;
  /** First and last moment of writing, microseconds since the Unix epoch. */
  readonly since?: number;
  readonly until?: number;
  /** Default: only unresolved ones. */
  readonly resolved?: boolean;
}

export function matches(filter: LetterFilter, record: DeadLetterRecord, resolved: boolean): boolean {
  const { stage, code, transform, since, until } = filter;
  return (
    resolved === (filter.resolved ?? false) &&
    (stage === undefined || stage === record.stage) &&
    (code === undefined || code === record.code) &&
    (transform === undefined || transform === record.transform) &&
    (since === undefined || record.time >= since) &&
    (until === undefined || record.time <= until)
  );
}
