import type { WeightedSemaphore } from "@iggy-connectors/client";

/**
 * A partition's turn in the plugin. It holds one slot while any of its calls is inside, however many are at once, and gives
 * it up when other partitions wait and it had its share, so that no partition starves another.
 */
export class PartitionTurn {
  readonly #slots: WeightedSemaphore;
  readonly #share: number;
  #inside = 0;
  /** Calls since the slot was acquired. */
  #begun = 0;
  #acquiring: Promise<boolean> | undefined;
  #emptied: (() => void)[] = [];

  /** `share`: calls that may begin before the partition gives way to others. */
  constructor(slots: WeightedSemaphore, share: number) {
    this.#slots = slots;
    this.#share = share;
  }

  /** False: the signal was aborted first. */
  async enter(signal: AbortSignal): Promise<boolean> {
    while (this.#inside > 0 && this.#begun >= this.#share && this.#slots.contended) {
      await new Promise<void>((resolve) => this.#emptied.push(resolve));
    }
    if (this.#inside === 0) {
      this.#acquiring ??= this.#slots.acquire(1, signal).finally(() => {
        this.#acquiring = undefined;
      });
      if (!(await this.#acquiring)) return false;
      // The first that comes here with the slot just acquired begins its share; those that waited for the same one join it.
      if (this.#inside === 0) this.#begun = 0;
    }
    this.#inside += 1;
    this.#begun += 1;
    return true;
  }

  leave(): void {
    this.#inside -= 1;
    if (this.#inside > 0) return;
    this.#slots.release(1);
    const waiting = this.#emptied;
    this.#emptied = [];
    for (const resolve of waiting) resolve();
  }
}
