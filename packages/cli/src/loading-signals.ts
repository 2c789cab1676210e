import { EXIT } from "./exit-codes.ts";

/**
 * Ends the process in order when SIGINT or SIGTERM comes while a command's modules still load: nothing has begun, so
 * nothing is to be finished. Released after the command has installed its own handlers, so that no signal falls between.
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
