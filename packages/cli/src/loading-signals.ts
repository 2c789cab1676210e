import { EXIT } from "./exit-codes.ts";

/**
 * Ends the process cleanly if SIGINT or SIGTERM arrives while the modules of a command are still loading: nothing has
 * started yet, so there is nothing to finish. Released after the command has installed its own handlers, so that no signal
 * is missed in between.
 */
export class LoadingSignals {
  readonly #end = (): never => process.exit(EXIT.done);

  constructor() {
    process.on("SIGINT", this.#end);
    process.on("SIGTERM", this.#end);
  }

  release(): void {
    process.off("SIGINT", this.#end);
    process.off("SIGTERM", this.#end);
  }
}
