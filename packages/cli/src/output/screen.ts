import { stripVTControlCharacters } from "node:util";
import { EXIT } from "../exit-codes.ts";

// The alternate screen without a cursor. Lines are not wrapped: what the terminal finds wider than we do must not move the others.
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const HOME_AND_CLEAR = "\x1b[H\x1b[2J";
const CSI = "\x1b[";

/**
 * Shows texts one after the other: each in place of the one before on a terminal, else below it.
 *
 * | state   | the terminal                        | becomes                                                              |
 * | ------- | ----------------------------------- | -------------------------------------------------------------------- |
 * | outside | as it was before                    | entered: a text is shown, or the process continues after Ctrl-Z      |
 * | entered | shows the last text, also resized   | outside: disposed, interrupted (the process ends), or stopped by Ctrl-Z |
 */
export class Screen implements Disposable {
  readonly #live: boolean;
  #state: "outside" | "entered" = "outside";
  #text = "";
  #shownAt = "";
  readonly #listeners: readonly (readonly [NodeJS.Signals, () => void])[];

  constructor(live: boolean) {
    this.#live = live;
    const end = (): void => {
      this[Symbol.dispose]();
      process.exit(EXIT.interrupted);
    };
    this.#listeners = [
      ["SIGINT", end],
      ["SIGTERM", end],
      ["SIGTSTP", () => this.#suspend()],
    ];
  }

  show(text: string): void {
    if (!this.#live) {
      process.stdout.write(`${text}\n`);
      return;
    }
    this.#text = text;
    this.#shownAt = new Date().toLocaleTimeString();
    this.#enter();
    this.#draw();
  }

  /** Gives the terminal back as it was. */
  [Symbol.dispose](): void {
    if (this.#state === "outside") return;
    this.#state = "outside";
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
    process.stdout.off("resize", this.#draw);
    process.stdout.write(LEAVE);
  }

  #enter(): void {
    if (this.#state === "entered") return;
    this.#state = "entered";
    for (const [signal, listener] of this.#listeners) process.prependListener(signal, listener);
    process.stdout.on("resize", this.#draw);
    process.stdout.write(ENTER);
  }

  /** Ctrl-Z: the shell gets the terminal as it was, and it is taken again when the process continues. */
  #suspend(): void {
    this[Symbol.dispose]();
    process.once("SIGCONT", () => {
      this.#enter();
      this.#draw();
    });
    process.kill(process.pid, "SIGSTOP");
  }

  readonly #draw = (): void => {
    const { rows = 24, columns = 80 } = process.stdout;
    const lines = [`iggy-connectors top  ${this.#shownAt}`, "", ...this.#text.split("\n")];
    const visible = lines.slice(0, Math.max(1, rows - 1)).map((line) => cutLine(line, columns));
    process.stdout.write(HOME_AND_CLEAR + visible.join("\n"));
  };
}

/** What of a line fits into `columns`, with all its colours; that something is missing is marked. */
export function cutLine(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length <= columns) return line;
  let left = Math.max(0, columns - 1);
  const [plain = "", ...styled] = line.split(CSI);
  let cut = plain.slice(0, left);
  left -= cut.length;
  for (const part of styled) {
    const start = part.indexOf("m") + 1;
    const text = part.slice(start, start + left);
    left -= text.length;
    cut += CSI + part.slice(0, start) + text;
  }
  return `${cut.toWellFormed()}…`;
}
