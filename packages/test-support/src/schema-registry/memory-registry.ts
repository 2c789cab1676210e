import { RetryableError } from "@iggy-connectors/sdk";
import type { RegisteredSchema, SchemaRegistry } from "@iggy-connectors/sdk/internal";

/** A registry in memory that counts what it is asked, and can be away. */
export class MemoryRegistry implements SchemaRegistry {
  readonly asked: string[] = [];
  away = false;
  readonly #schemas = new Map<number, RegisteredSchema>();
  readonly #subjects = new Map<string, number[]>();

  /** Adds a schema to a subject and returns its id. */
  add(subject: string, schema: Pick<RegisteredSchema, "type" | "text"> & Partial<RegisteredSchema>): number {
    const id = this.#schemas.size + 1;
    this.#schemas.set(id, { references: [], ...schema });
    this.#subjects.set(subject, [...(this.#subjects.get(subject) ?? []), id]);
    return id;
  }

  async byId(id: number, _signal?: AbortSignal): Promise<RegisteredSchema | undefined> {
    this.#ask(`id ${id}`);
    return this.#schemas.get(id);
  }

  async latest(subject: string): Promise<{ id: number; schema: RegisteredSchema } | undefined> {
    this.#ask(`latest ${subject}`);
    const id = this.#subjects.get(subject)?.at(-1);
    return id === undefined ? undefined : { id, schema: this.#schemas.get(id)! };
  }

  async lookup(subject: string, type: RegisteredSchema["type"], text: string): Promise<number | undefined> {
    this.#ask(`lookup ${subject}`);
    return this.#subjects.get(subject)?.find((id) => {
      const known = this.#schemas.get(id)!;
      return known.type === type && known.text === text;
    });
  }

  async register(subject: string, type: RegisteredSchema["type"], text: string): Promise<number> {
    this.#ask(`register ${subject}`);
    return this.add(subject, { type, text });
  }

  #ask(what: string): void {
    if (this.away) throw new RetryableError("the registry is away", { code: "IGC_HTTP_NETWORK" });
    this.asked.push(what);
  }
}
