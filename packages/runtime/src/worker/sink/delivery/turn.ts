/** A turn in the plugin. Its holder gives it up while it waits between two attempts. */
export class Turn {
  readonly #enter: () => Promise<boolean>;
  readonly #leave: () => void;
  #held = false;

  /** `enter` resolves with false when no turn comes any more. */
  constructor(enter: () => Promise<boolean>, leave: () => void) {
    this.#enter = enter;
    this.#leave = leave;
  }

  /** Waits for the turn; false: there is none. */
  async begin(): Promise<boolean> {
    this.#held = await this.#enter();
    return this.#held;
  }

  end(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#leave();
  }

  /** Gives others their turn while `wait` goes on; false: the turn did not come back. */
  async suspend(wait: () => Promise<void>): Promise<boolean> {
    this.end();
    await wait();
    return this.begin();
  }
}
