import { once } from "node:events";
import type { ClientBase, QueryResult } from "pg";
import { from as copyFrom } from "pg-copy-streams";

export type Parameter = string | number | boolean | Buffer | null | readonly string[];

/** How long the server may exceed its own time limit before the connection is closed, milliseconds. */
const GRACE = 5_000;

/** What a transaction can do. */
export class Transaction {
  readonly #client: ClientBase;
  readonly #limit: number;
  readonly #giveUp: (reason: Error) => void;

  /** @param limit milliseconds for one statement, 0 = none. */
  constructor(client: ClientBase, limit: number, giveUp: (reason: Error) => void) {
    this.#client = client;
    this.#limit = limit;
    this.#giveUp = giveUp;
  }

  query<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters?: readonly Parameter[],
  ): Promise<QueryResult<Row & Record<string, unknown>>> {
    return this.#guarded(
      this.#client.query<Row & Record<string, unknown>>(sql, parameters as unknown[] | undefined) as Promise<
        QueryResult<Row & Record<string, unknown>>
      >,
    );
  }

  /**
   * Takes the lock for creating tables: concurrent `CREATE TABLE IF NOT EXISTS` of two sessions fails. It ends with the
   * transaction.
   */
  async lockForCreation(): Promise<void> {
    await this.query("SELECT pg_advisory_xact_lock(hashtext('iggy-connectors: create tables'))");
  }

  /** Runs a `COPY … FROM STDIN` with these bytes; resolves when the server has taken all of them. */
  async copy(sql: string, bytes: Uint8Array): Promise<void> {
    const stream = this.#client.query(copyFrom(sql));
    const finished = once(stream, "finish");
    stream.end(bytes);
    await this.#guarded(finished);
  }

  /** A server that vanished never answers: its time limit is enforced on this side, too. */
  async #guarded<Result>(answer: Promise<Result>): Promise<Result> {
    if (this.#limit === 0) return answer;
    const timer = setTimeout(
      () => this.#giveUp(new Error(`no response within ${this.#limit + GRACE} ms`)),
      this.#limit + GRACE,
    );
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }
}
