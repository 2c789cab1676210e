import { FatalError } from "@iggy-connectors/sdk";
import type { RegisteredSchema, SchemaRegistry } from "@iggy-connectors/sdk/internal";

/** Requests to the registry at once. */
const CONCURRENCY = 8;
/** Milliseconds for which an id that the registry does not know is not asked for again: it may only be slow to spread. */
const UNKNOWN_FOR = 30_000;

/** What reads the data of one schema; undefined: the registry has no such schema. */
type Entry<Reader> = { readonly reader: Reader | undefined; readonly until: number };

/** What is known of schemas by their ids. Bounded: those that were not used for the longest time are forgotten. */
export class SchemaCache<Reader> {
  readonly #registry: SchemaRegistry;
  readonly #limit: number;
  readonly #compile: (schema: RegisteredSchema | FatalError, id: number) => Reader;
  /** In the order of their last use. */
  readonly #entries = new Map<number, Entry<Reader>>();
  readonly #fetching = new Map<number, Promise<void>>();

  constructor(
    registry: SchemaRegistry,
    limit: number,
    compile: (schema: RegisteredSchema | FatalError, id: number) => Reader,
  ) {
    this.#registry = registry;
    this.#limit = limit;
    this.#compile = compile;
  }

  /** Whether `get` knows the answer without asking the registry. */
  has(id: number): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && (entry.reader !== undefined || entry.until > performance.now());
  }

  /** Undefined: the registry has no such schema, or was not asked. */
  get(id: number): Reader | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return entry.reader;
  }

  /** Asks the registry for all ids. Afterwards each is known, however many there are. */
  async fetch(ids: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
    const waiting = [...ids].filter((id) => !this.has(id));
    const worker = async (): Promise<void> => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) await this.#fetchOnce(id, signal);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, waiting.length) }, worker));
    this.#forget(ids);
  }

  /** Of several that need a schema at once one asks. Where it gave up, which may be for its own signal, the next one does. */
  async #fetchOnce(id: number, signal: AbortSignal): Promise<void> {
    for (let running = this.#fetching.get(id); running !== undefined; running = this.#fetching.get(id)) {
      await running.catch(() => undefined);
      if (this.has(id)) return;
    }
    const fetching = this.#fetchOne(id, signal).finally(() => this.#fetching.delete(id));
    this.#fetching.set(id, fetching);
    await fetching;
  }

  async #fetchOne(id: number, signal: AbortSignal): Promise<void> {
    const reader = await this.#read(id, signal);
    this.#entries.delete(id);
    this.#entries.set(id, { reader, until: performance.now() + UNKNOWN_FOR });
  }

  async #read(id: number, signal: AbortSignal): Promise<Reader | undefined> {
    let schema: RegisteredSchema | FatalError | undefined;
    try {
      schema = await this.#registry.byId(id, signal);
    } catch (error) {
      if (!(error instanceof FatalError) || error.code !== "IGC_CONFIG_SCHEMA_REGISTRY") throw error;
      schema = error;
    }
    return schema === undefined ? undefined : this.#compile(schema, id);
  }

  /** `needed` are about to be used and stay. */
  #forget(needed: ReadonlySet<number>): void {
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) return;
      if (!needed.has(id)) this.#entries.delete(id);
    }
  }
}
