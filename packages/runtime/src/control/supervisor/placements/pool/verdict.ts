/** Why a shared worker ended, or why a task was taken out of it. */
export const FAULT_REASONS = ["hang", "crash", "exit", "out_of_memory", "stop"] as const;

export type FaultReason = (typeof FAULT_REASONS)[number];

/** What the end of a shared worker means for one of the tasks in it. */
export interface Verdict {
  /** `culprit`: its code ended the worker; `suspect`: its code may have; `neighbour`: the code of another task did. */
  readonly role: "culprit" | "suspect" | "neighbour";
  readonly reason: FaultReason;
  /** What happened, with the names of those who are or may be to blame. */
  readonly message: string;
  /** Suspects that stay together have the same number; absent: the task has a worker of its own next. */
  readonly cohort?: number;
}

/** Suspects that get a thread each; more are divided into as many groups. */
const APART = 4;

/**
 * Who of the tasks of a worker is to blame for its end. `blamed`: those whose code may have ended it, also such as have left
 * the worker; empty: not known.
 *
 * A fault that may be anybody's divides the suspects: of few each gets a thread of its own, of many each group a worker of its
 * own. The next fault concerns fewer, and after few faults there is one culprit; nobody else has been counted as failed.
 */
export function judge<Id>(
  tasks: readonly Id[],
  blamed: readonly Id[],
  newCohort: () => number,
): ReadonlyMap<Id, Pick<Verdict, "role" | "cohort">> {
  const present = new Set(tasks);
  const suspects = blamed.length === 0 ? [...tasks] : blamed.filter((id) => present.has(id));
  const verdicts = new Map<Id, Pick<Verdict, "role" | "cohort">>(tasks.map((id) => [id, { role: "neighbour" }]));
  const [only] = suspects;
  if (only !== undefined && suspects.length === 1 && blamed.length <= 1) return verdicts.set(only, { role: "culprit" });
  if (suspects.length <= APART) {
    for (const id of suspects) verdicts.set(id, { role: "suspect" });
    return verdicts;
  }
  const cohorts = Array.from({ length: APART }, newCohort);
  for (const [index, id] of suspects.entries()) {
    verdicts.set(id, { role: "suspect", cohort: cohorts[index % APART]! });
  }
  return verdicts;
}
