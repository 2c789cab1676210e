import { ConnectorError, type Logger } from "@iggy-connectors/sdk";
import pg from "pg";
import { blameOf } from "../errors.ts";
import type { ConnectionSettings, SessionKind } from "./settings.ts";
import { Transaction } from "./transaction.ts";

const NO_TLS = "The server does not support SSL connections";

/**
 * What is read from text must not depend on the settings of the role. In the transaction, as behind a pooler the session may be
 * another one each time; constraints that are checked at the commit could not be attributed to a row.
 */
const SESSION = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'";

/** What a server says when it is the one that is asked for. */
const SUITS: Readonly<Record<Exclude<SessionKind, "any">, { readonly sql: string; readonly otherwise: string }>> = {
  "read-write": {
    sql: "SELECT current_setting('transaction_read_only') = 'off' AND NOT pg_is_in_recovery() AS suits",
    otherwise: "takes no writes",
  },
  primary: { sql: "SELECT NOT pg_is_in_recovery() AS suits", otherwise: "is a replica" },
};

/** The connections to the database. Errors are the driver's own: `postgresError` says what they mean. */
export class Database {
  readonly #settings: ConnectionSettings;
  readonly #logger: Logger;
  readonly #pools: (pg.Pool | undefined)[];
  /** The host that took the last connection: it is tried first. */
  #current = 0;
  #encrypted = true;
  /** Connections to a server that suits. */
  #verified = new WeakSet<pg.PoolClient>();
  #begin: string;

  constructor(settings: ConnectionSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    this.#pools = settings.hosts.map(() => undefined);
    this.#begin = `BEGIN; SET CONSTRAINTS ALL IMMEDIATE; ${SESSION}; SET LOCAL statement_timeout = ${settings.statementTimeout}`;
  }

  /** Connects once, so that errors show at startup. */
  async open(signal: AbortSignal): Promise<void> {
    try {
      await this.#learn(signal);
    } catch (error) {
      if (!this.#settings.preferTls || !(error instanceof Error) || error.message !== NO_TLS) throw error;
      await this.close();
      this.#encrypted = false;
      await this.#learn(signal);
    }
  }

  /** Runs work in one transaction. When the signal is aborted the connection is closed. */
  async transaction<Result>(work: (transaction: Transaction) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    const client = await this.#connect();
    let released = false;
    let reason: Error | undefined;
    const release = (broken?: Error) => {
      if (released) return;
      released = true;
      reason = broken;
      client.release(broken);
    };
    const cut = () => release(signal.reason instanceof Error ? signal.reason : new Error("cancelled"));
    signal.addEventListener("abort", cut, { once: true });
    try {
      if (signal.aborted) cut();
      const transaction = new Transaction(client, this.#settings.statementTimeout, release);
      await transaction.query(this.#begin);
      let result: Result;
      try {
        result = await work(transaction);
      } catch (error) {
        // The connection is given back only when the server confirmed that nothing of it stays.
        if (!released) await transaction.query("ROLLBACK").catch(release);
        throw error;
      }
      const { command } = await transaction.query("COMMIT");
      // A transaction that had failed before answers a commit with a rollback, and no error.
      if (command !== "COMMIT") throw new Error(`the server answered COMMIT with ${command}`);
      release();
      return result;
    } catch (error) {
      const cause = reason ?? error;
      if (isConnectionLoss(error)) release(error as Error);
      // A server that became a replica keeps its connections: they have to prove again that they suit.
      else if (blameOf(error) === "node") {
        this.#verified = new WeakSet();
        release(error as Error);
      }
      throw cause;
    } finally {
      signal.removeEventListener("abort", cut);
      release();
    }
  }

  async close(): Promise<void> {
    const pools = this.#pools.splice(0, this.#pools.length, ...this.#settings.hosts.map(() => undefined));
    await Promise.all(pools.map((pool) => pool?.end()));
  }

  /** A connection to the first host, from the last one that was used, that answers and suits. */
  async #connect(): Promise<pg.PoolClient> {
    const { hosts } = this.#settings;
    const failures: unknown[] = [];
    for (let step = 0; step < hosts.length; step++) {
      const index = (this.#current + step) % hosts.length;
      try {
        const client = await this.#pool(index).connect();
        await this.#verify(client, index);
        this.#current = index;
        return client;
      } catch (error) {
        failures.push(error);
        // What one server says about user, database or certificate, another one would, too.
        const blame = blameOf(error);
        if (error instanceof ConnectorError || blame === "credentials" || blame === "configuration") break;
      }
    }
    throw failures.length === 1
      ? failures[0]
      : new AggregateError(failures, "no host of connection_string can be used");
  }

  /** @throws Error when the server is not the one that is asked for; the connection is closed then. */
  async #verify(client: pg.PoolClient, index: number): Promise<void> {
    const { session, hosts } = this.#settings;
    if (session === "any" || this.#verified.has(client)) return;
    const { sql, otherwise } = SUITS[session];
    try {
      const { rows } = await client.query<{ suits: boolean }>(sql);
      if (rows[0]?.suits !== true) throw new Error(`${hosts[index]!.host}:${hosts[index]!.port} ${otherwise}`);
      this.#verified.add(client);
    } catch (error) {
      client.release(error as Error);
      throw error;
    }
  }

  /** Invariant 1: what was acknowledged to Iggy must survive the server's crash, so a commit waits for the server's disk. */
  async #learn(signal: AbortSignal): Promise<void> {
    const setting = await this.transaction(
      async (transaction) =>
        (await transaction.query<{ setting: string }>("SELECT current_setting('synchronous_commit') AS setting"))
          .rows[0]?.setting,
      signal,
    );
    if (setting === "off") this.#begin += "; SET LOCAL synchronous_commit = on";
  }

  #pool(index: number): pg.Pool {
    this.#pools[index] ??= this.#makePool(this.#settings.poolOf(this.#settings.hosts[index]!, this.#encrypted));
    return this.#pools[index];
  }

  #makePool(config: pg.PoolConfig): pg.Pool {
    const pool = new pg.Pool(config);
    pool.on("error", ({ message }) => this.#logger.debug(`an idle connection was lost: ${message}`));
    // A connection that is lost in use fails its query; without a listener, the event would end the worker.
    pool.on("connect", (client) => client.on("error", () => {}));
    return pool;
  }
}

function isConnectionLoss(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.severity === "FATAL" || error.severity === "PANIC";
}
