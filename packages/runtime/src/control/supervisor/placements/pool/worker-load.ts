/** Share of its time that a busy worker works, and that one with room for more does at most. */
export const BUSY = 0.7;
export const ROOM = 0.35;
/** Looks in a row for which a worker must be busy, so that a burst divides nothing. */
const LOOKS = 2;

/** How busy a worker is, as somebody sees it who looks from time to time. */
export class WorkerLoad {
  #share = 0;
  #busyLooks = 0;
  #began = false;

  /** A task begins: until the next look the worker is busy with that, which says nothing about the work it will have. */
  began(): void {
    this.#began = true;
  }

  /** `utilization`: share of the time since the last look in which the worker worked. */
  look(utilization: number): void {
    this.#share = this.#began ? 0 : utilization;
    this.#busyLooks = this.#share >= BUSY ? this.#busyLooks + 1 : 0;
    this.#began = false;
  }

  /** At the last look, 0 … 1. */
  get share(): number {
    return this.#share;
  }

  get busy(): boolean {
    return this.#busyLooks >= LOOKS;
  }
}
