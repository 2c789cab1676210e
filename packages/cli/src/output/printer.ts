import { styleText } from "node:util";

/** How a command's result reaches the user: text for people, JSON for programs, on standard output. */
export class Printer {
  readonly #json: boolean;
  readonly #quiet: boolean;

  constructor(options: { readonly json?: boolean; readonly quiet?: boolean }) {
    this.#json = options.json === true;
    this.#quiet = options.quiet === true;
  }

  /** What was asked for. */
  result(value: unknown, text: () => string): void {
    process.stdout.write(`${this.#json ? JSON.stringify(value, null, 2) : text()}\n`);
  }

  /** One of many results, a line each. */
  line(value: unknown, text: () => string): void {
    process.stdout.write(`${this.#json ? JSON.stringify(value) : text()}\n`);
  }

  /** That something was done, with what a program may want to know of it, a line each. */
  done(value: Readonly<Record<string, unknown>>, text: string): void {
    if (this.#json) process.stdout.write(`${JSON.stringify(value)}\n`);
    else this.note(text);
  }

  /** What people may want to know beside a result. */
  note(text: string): void {
    if (!this.#quiet && !this.#json) process.stdout.write(`${text}\n`);
  }
}

const STATE_COLOURS: Readonly<Record<string, "green" | "yellow" | "red" | "gray">> = {
  running: "green",
  completed: "green",
  starting: "yellow",
  retrying: "yellow",
  standby: "yellow",
  stopping: "yellow",
  blocked: "red",
  failed: "red",
  paused: "gray",
  stopped: "gray",
};

/** A state in its colour, on a terminal only (and not with NO_COLOR). */
export function coloured(state: string): string {
  const colour = STATE_COLOURS[state];
  return colour === undefined ? state : styleText(colour, state, { stream: process.stdout });
}

export function dim(text: string): string {
  return styleText("dim", text, { stream: process.stdout });
}
