import { SHARED_WORKER_URL } from "../../../../worker/entries.ts";
import { type PoolWorker, startPoolWorker } from "./pool-worker.ts";

/**
 * A shared worker that is started before anybody knows whether it is needed: it loads its code while the main thread loads its own
 * and reads the configuration. Until it is taken it keeps no process alive.
 *
 * | state     | what is the case                                 | becomes                                    |
 * | --------- | ------------------------------------------------ | ------------------------------------------ |
 * | prepared  | it loads, or waits                               | taken, discarded, or ended by itself       |
 * | taken     | its new owner listens to it                      |                                            |
 * | gone      | it was discarded, or has ended: it is not taken  |                                            |
 */
export class PreparedWorker {
  #prepared: PoolWorker | undefined;
  readonly #gone = () => {
    this.#prepared = undefined;
  };

  constructor() {
    const prepared = startPoolWorker(SHARED_WORKER_URL, process.env);
    prepared.worker.unref();
    // One that fails is missed by nobody: another is started in its place, and its owner hears what is wrong.
    prepared.worker.once("error", this.#gone).once("exit", this.#gone);
    this.#prepared = prepared;
  }

  /** Undefined: there is none, or none any more. `environment` may have more than that of the process. */
  take(environment: NodeJS.ProcessEnv): PoolWorker | undefined {
    const prepared = this.#prepared;
    if (prepared === undefined) return undefined;
    this.#prepared = undefined;
    prepared.worker.off("error", this.#gone).off("exit", this.#gone).ref();
    const variables = Object.entries(environment).filter(([name, value]) => process.env[name] !== value);
    if (variables.length > 0) prepared.port.postMessage({ type: "environment", variables });
    return prepared;
  }

  /** It is not needed. */
  discard(): void {
    void this.#prepared?.worker.terminate();
    this.#prepared = undefined;
  }
}
