import { FatalError } from "@iggy-connectors/sdk";
import type { RegisteredSchema, SchemaRegistry } from "@iggy-connectors/sdk/internal";

/** Concurrent requests to the registry. */
const CONCURRENCY = 8;
/** Milliseconds after which an id that the registry did not know is requested again: the schema may not have been replicated yet. */
const UNKNOWN_FOR = 30_000;

/** The reader of one schema; undefined: the registry does not have it. */
type Entry<Reader> = { readonly reader: Reader | undefined; readonly until: number };

/** Readers of schemas by id. The least recently used ones are evicted beyond the limit. */
export class SchemaCache<Reader> {
  readonly #registry: SchemaRegistry;
  readonly #limit: number;
  readonly #compile: (schema: RegisteredSchema | FatalError, id: number) => Reader;
  /** Least recently used first. */
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

  /** Whether `get` can answer without a request. */
  has(id: number): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && (entry.reader !== undefined || entry.until > performance.now());
  }

  /** Undefined: the registry does not have the schema, or it was not requested. */
  get(id: number): Reader | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return entry.reader;
  }

  /** Requests all ids that are not known. Afterwards each is known, even beyond the limit. */
  async fetch(ids: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
    const waiting = [...ids].filter((id) => !this.has(id));
    const worker = async (): Promise<void> => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) await this.#fetchOnce(id, signal);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, waiting.length) }, worker));
    this.#evict(ids);
  }

  /** Concurrent calls for one schema share a request. If it fails, perhaps by its caller's signal, the next caller makes its own. */
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

  /** Evicts readers beyond the limit, except those that are `needed` now. */
  #evict(needed: ReadonlySet<number>): void {
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) return;
      if (!needed.has(id)) this.#entries.delete(id);
    }
  }
}
