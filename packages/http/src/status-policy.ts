/** A status such as `404`, or a whole class such as `"5xx"`. */
export type StatusPattern = number | string;

/** Exceptions to the default meaning of statuses. A status that is named twice has the first meaning of: success, retry, reject, fatal. */
export interface StatusPolicy {
  readonly success?: readonly StatusPattern[];
  readonly retry?: readonly StatusPattern[];
  readonly reject?: readonly StatusPattern[];
  readonly fatal?: readonly StatusPattern[];
}

export type StatusMeaning = "success" | "retry" | "reject" | "fatal";

const RETRYABLE = new Set([408, 425, 429]);
/** Statuses about the request's URL or sender, not its data. */
const FATAL = new Set([401, 403, 404, 405, 407]);
const ORDER: readonly StatusMeaning[] = ["success", "retry", "reject", "fatal"];

export function compileStatusPolicy(policy: StatusPolicy = {}): (status: number) => StatusMeaning {
  const named = new Map<number, StatusMeaning>();
  const classes = new Map<number, StatusMeaning>();
  for (const meaning of ORDER) {
    for (const pattern of policy[meaning] ?? []) {
      const group = typeof pattern === "string" ? /^([1-5])xx$/i.exec(pattern)?.[1] : undefined;
      const [table, key] = group === undefined ? [named, Number(pattern)] : [classes, Number(group)];
      if (!table.has(key)) table.set(key, meaning);
    }
  }
  // A list of successes is complete: with [202] a 200 is no longer one.
  const successesListed = policy.success !== undefined;
  return (status) =>
    named.get(status) ?? classes.get(Math.floor(status / 100)) ?? defaultMeaning(status, successesListed);
}

/** Whether a list of statuses has this one, by itself or by its class. */
export function namesStatus(patterns: readonly StatusPattern[] = [], status: number): boolean {
  return patterns.some((pattern) =>
    typeof pattern === "string" ? Number(pattern[0]) === Math.floor(status / 100) : pattern === status,
  );
}

/** RFC 9110 §15: an unknown status means what its class does, one that is no status at all what 5xx does. */
function defaultMeaning(status: number, successesListed: boolean): StatusMeaning {
  if (status >= 500 || status < 100 || RETRYABLE.has(status)) return "retry";
  if (status >= 200 && status < 300) return successesListed ? "reject" : "success";
  return status < 400 || FATAL.has(status) ? "fatal" : "reject";
}
