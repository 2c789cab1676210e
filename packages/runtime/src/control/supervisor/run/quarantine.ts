import type { FaultReason } from "../placements/pool/verdict.ts";

/** Milliseconds that a task stays out of the pool after its first offence; after each further one twice as long. */
export const QUARANTINE = 10 * 60_000;
/** The same of a task that is only suspected. */
export const PROBATION = 60_000;
/** Milliseconds: no term is longer, and after as long without an offence the next one counts as the first. */
export const LONGEST_TERM = 24 * 3_600_000;

/** Why a task of the pool does not run there now. Times are milliseconds since the Unix epoch. */
export interface QuarantineState {
  /** `suspected`: a shared worker ended, and it is one of those that may be to blame. */
  readonly state: "quarantined" | "suspected";
  readonly reason: FaultReason;
  readonly message: string;
  readonly since: number;
  /** When it returns to the pool if nothing happens until then. */
  readonly until: number;
  /** Times that it was quarantined or suspected, including this one. */
  readonly offences: number;
  /** Suspects with the same number share a worker; undefined: it has a thread of its own. */
  readonly cohort: number | undefined;
}

/**
 * Whether a task that belongs to the pool may run there.
 *
 * | state       | where it runs          | event                                       | becomes                        |
 * | ----------- | ---------------------- | ------------------------------------------- | ------------------------------ |
 * | pooled      | in the pool            | `blamed`: its code ended a shared worker    | quarantined                    |
 * |             |                        | `suspect`: its code may have                | suspected                      |
 * | suspected   | apart, with at most a  | `blamed`; `died` in a thread of its own     | quarantined                    |
 * |             | part of the suspects   | `suspect`: a part of them ended its worker  | suspected, with fewer          |
 * |             |                        | `acquit`: it was another one of them        | pooled                         |
 * |             |                        | `release`: the term is over                 | pooled                         |
 * | quarantined | in a thread of its own | `died`                                      | quarantined, term begins again |
 * |             |                        | `release`: the term is over                 | pooled                         |
 */
export class Quarantine {
  readonly #now: () => number;
  #current: QuarantineState | undefined;
  readonly #history = { quarantined: { count: 0, last: 0 }, suspected: { count: 0, last: 0 } };

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Undefined: it is pooled. */
  get current(): QuarantineState | undefined {
    return this.#current;
  }

  blamed(reason: FaultReason, message: string): QuarantineState {
    return this.#enter("quarantined", reason, message, undefined);
  }

  suspect(reason: FaultReason, message: string, cohort: number | undefined): QuarantineState {
    return this.#enter("suspected", reason, message, cohort);
  }

  /** Its worker died, in which it was alone. Returns the new state where that changes it; undefined: it does not. */
  died(reason: FaultReason, message: string): QuarantineState | undefined {
    const current = this.#current;
    if (current === undefined) return undefined;
    if (current.state === "suspected") return this.blamed(reason, message);
    const now = this.#now();
    this.#current = { ...current, until: now + (current.until - current.since), since: now, reason, message };
    return undefined;
  }

  /** The fault of which it was suspected was another one's. Returns whether that changes anything. */
  acquit(): boolean {
    if (this.#current?.state !== "suspected") return false;
    this.#current = undefined;
    return true;
  }

  /** Returns whether the term is over and it may return to the pool. */
  release(): boolean {
    if (this.#current === undefined || this.#now() < this.#current.until) return false;
    this.#current = undefined;
    return true;
  }

  #enter(
    state: QuarantineState["state"],
    reason: FaultReason,
    message: string,
    cohort: number | undefined,
  ): QuarantineState {
    const since = this.#now();
    const history = this.#history[state];
    if (since - history.last > LONGEST_TERM) history.count = 0;
    // The suspects of one fault are divided several times: that is one suspicion.
    if (this.#current?.state !== state) history.count++;
    history.last = since;
    const first = state === "quarantined" ? QUARANTINE : PROBATION;
    const until = since + Math.min(LONGEST_TERM, first * 2 ** (history.count - 1));
    this.#current = { state, reason, message, since, until, offences: history.count, cohort };
    return this.#current;
  }
}
