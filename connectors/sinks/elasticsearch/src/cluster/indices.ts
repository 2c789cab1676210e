import { ConnectorError, type Logger, RejectedError } from "@iggy-connectors/sdk";
import type { ClusterApi } from "./cluster-api.ts";

/** Names that are remembered; beyond this number all are looked up again. */
const MAX_KNOWN = 10_000;

/** The indexes that this task knows to exist, and those that are being created. */
export class Indices {
  readonly #api: ClusterApi;
  readonly #create: boolean;
  readonly #data: string;
  readonly #logger: Logger;
  readonly #known = new Map<string, Promise<void>>();

  constructor(api: ClusterApi, options: { readonly create: boolean; readonly dataStream: boolean }, logger: Logger) {
    this.#api = api;
    this.#create = options.create;
    this.#data = options.dataStream ? "data stream" : "index";
    this.#logger = logger;
  }

  /**
   * Creates those that are missing, where that is allowed.
   * @throws RejectedError when the cluster refuses one of them.
   */
  async ensure(names: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    if (!this.#create) return;
    for (const name of names) {
      let made = this.#known.get(name);
      if (made === undefined) {
        if (this.#known.size >= MAX_KNOWN) this.#known.clear();
        made = this.#make(name, signal);
        this.#known.set(name, made);
      }
      try {
        await made;
      } catch (error) {
        this.#known.delete(name);
        // The call that asked for it was cancelled; this one was not.
        if (!(error instanceof ConnectorError) && !signal.aborted) return this.ensure(names, signal);
        throw error;
      }
    }
  }

  /** The index was deleted. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  async #make(name: string, signal: AbortSignal): Promise<void> {
    const exists = await this.#api.exists(name, signal);
    if (exists === "unknown") {
      this.#logger.warn(
        `These credentials are not allowed to see whether the ${this.#data} ${name} exists, so it is not created`,
      );
    }
    if (exists !== "no") return;
    try {
      const created = await this.#api.create(name, signal);
      this.#logger.info(
        created ? `Created the ${this.#data} ${name}` : `The ${this.#data} ${name} was created by another client`,
      );
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      throw new RejectedError(`the ${this.#data} ${name} cannot be created: ${error.message}`, {
        code: "IGC_SINK_ELASTICSEARCH_CREATE",
        place: "index",
        fix: "correct index and index_mapping, or create it by hand",
        cause: error,
      });
    }
  }
}
