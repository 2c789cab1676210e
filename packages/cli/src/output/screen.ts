import { EXIT } from "../exit-codes.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME_AND_CLEAR = "\x1b[H\x1b[2J";

/** Shows texts one after the other: each in place of the one before on a terminal, else below it. */
export class Screen implements Disposable {
  readonly #live: boolean;
  #entered = false;
  readonly #interrupted = (): void => {
    this[Symbol.dispose]();
    process.exit(EXIT.interrupted);
  };

  constructor(live: boolean) {
    this.#live = live;
  }

  show(text: string): void {
    if (!this.#live) {
      process.stdout.write(`${text}\n`);
      return;
    }
    if (!this.#entered) {
      this.#entered = true;
      process.prependListener("SIGINT", this.#interrupted);
      process.prependListener("SIGTERM", this.#interrupted);
      process.stdout.write(ENTER);
    }
    const rows = process.stdout.rows ?? 24;
    const lines = [`iggy-connectors top  ${new Date().toLocaleTimeString()}`, "", ...text.split("\n")];
    process.stdout.write(HOME_AND_CLEAR + lines.slice(0, Math.max(1, rows - 1)).join("\n"));
  }

  /** Gives the terminal back as it was. */
  [Symbol.dispose](): void {
    if (!this.#entered) return;
    this.#entered = false;
    process.off("SIGINT", this.#interrupted);
    process.off("SIGTERM", this.#interrupted);
    process.stdout.write(LEAVE);
  }
}
