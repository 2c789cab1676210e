import type { Logger } from "@iggy-connectors/sdk";
import pg from "pg";
import type { ConnectionSettings } from "./settings.ts";
import { Transaction } from "./transaction.ts";

const NO_TLS = "The server does not support SSL connections";

/**
 * What is read from text must not depend on the settings of the role. In the transaction, as behind a pooler the session may be
 * another one each time; constraints that are checked at the commit could not be attributed to a row.
 */
const SESSION = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'";

/** The connections to the database. Errors are the driver's own: `postgresError` says what they mean. */
export class Database {
  readonly #settings: ConnectionSettings;
  readonly #logger: Logger;
  #pool: pg.Pool;
  #begin: string;

  constructor(settings: ConnectionSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    this.#pool = this.#makePool(settings.pool);
    this.#begin = `BEGIN; SET CONSTRAINTS ALL IMMEDIATE; ${SESSION}; SET LOCAL statement_timeout = ${settings.statementTimeout}`;
  }

  /** Connects once, so that errors show at startup. */
  async open(signal: AbortSignal): Promise<void> {
    try {
      await this.#learn(signal);
    } catch (error) {
      if (!this.#settings.preferTls || !(error instanceof Error) || error.message !== NO_TLS) throw error;
      await this.#pool.end();
      this.#pool = this.#makePool({ ...this.#settings.pool, ssl: false });
      await this.#learn(signal);
    }
  }

  /** Runs work in one transaction. When the signal is aborted the connection is closed. */
  async transaction<Result>(work: (transaction: Transaction) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    const client = await this.#pool.connect();
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
      throw cause;
    } finally {
      signal.removeEventListener("abort", cut);
      release();
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
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
