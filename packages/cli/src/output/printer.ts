import { styleText } from "node:util";
import type { ApiConnectorState, ApiPartitionState } from "@iggy-connectors/runtime/api-types";
import { printableJson, printableLine } from "@iggy-connectors/runtime/printable";
import { shownCopy } from "./shown.ts";

/**
 * Writes the result of a command to standard output: text for people, or JSON for programs. The text is made of a copy of the
 * result that is safe to print.
 */
export class Printer {
  readonly #json: boolean;
  readonly #quiet: boolean;

  constructor(options: { readonly json?: boolean; readonly quiet?: boolean }) {
    this.#json = options.json === true;
    this.#quiet = options.quiet === true;
  }

  /** The result of the command. */
  result<Value>(value: Value, text: (shown: Value) => string): void {
    process.stdout.write(`${this.#json ? printableJson(value, { indent: 2 }) : text(shownCopy(value))}\n`);
  }

  /** One of several results, each on a line of its own. */
  line<Value>(value: Value, text: (shown: Value) => string): void {
    process.stdout.write(`${this.#json ? printableJson(value) : text(shownCopy(value))}\n`);
  }

  /** That an action was done. Programs get `value`, on a line of its own. */
  done(value: Readonly<Record<string, unknown>>, text: string): void {
    if (this.#json) process.stdout.write(`${printableJson(value)}\n`);
    else this.note(printableLine(text));
  }

  /** Information for people in addition to the result. The text must be safe to print. */
  note(text: string): void {
    if (!this.#quiet && !this.#json) process.stdout.write(`${text}\n`);
  }
}

type ShownState = ApiConnectorState | ApiPartitionState;

const STATE_COLOURS: Readonly<Record<ShownState, "green" | "yellow" | "red" | "gray">> = {
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
  unassigned: "gray",
};

/** A state in its colour, if standard output is a terminal and NO_COLOR is not set. */
export function coloured(state: ShownState): string {
  // A newer runtime may have a state that is not in the table.
  const colour = STATE_COLOURS[state] as (typeof STATE_COLOURS)[ShownState] | undefined;
  return colour === undefined ? state : styleText(colour, state, { stream: process.stdout });
}

export function dim(text: string): string {
  return styleText("dim", text, { stream: process.stdout });
}
