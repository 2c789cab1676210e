import { randomUUID } from "node:crypto";
import { after, type TestContext } from "node:test";
import type { ConsumeResult, MessageBatch } from "@iggy-connectors/sdk";
import { PostgresServer } from "@iggy-connectors/test-support";
import { openContext, type RecordingContext, recordingContext } from "@iggy-connectors/testing";
import pg from "pg";
import postgresSink from "../src/index.ts";
import type { PostgresSink } from "../src/postgres-sink.ts";

export const SIGNAL: AbortSignal = new AbortController().signal;

let shared: Promise<PostgresServer> | undefined;
after(async () => (await shared)?.[Symbol.asyncDispose]());

/** A database of the test's own: on the server that POSTGRES_URL names, else on one of this file's. */
export async function database(t: TestContext): Promise<TestDatabase> {
  let admin = process.env.POSTGRES_URL ?? "";
  if (admin === "") {
    shared ??= PostgresServer.start();
    admin = (await shared).url;
  }
  const name = `iggy_test_${randomUUID().slice(0, 8)}`;
  await once(admin, `CREATE DATABASE ${name}`);
  t.after(() => once(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return new TestDatabase(t, url.href);
}

async function once(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

export class TestDatabase {
  readonly url: string;
  readonly #test: TestContext;
  #client: Promise<pg.Client> | undefined;

  constructor(test: TestContext, url: string) {
    this.#test = test;
    this.url = url;
  }

  /** Rows as JSON makes them, but for `bytea`, which are buffers. */
  async rows(sql: string, parameters: unknown[] = []): Promise<Record<string, unknown>[]> {
    this.#client ??= this.#connect();
    return (await (await this.#client).query(sql, parameters)).rows;
  }

  /** A column of all rows of a table, in the order of another one. */
  async column(column: string, table = "messages", order = "iggy_offset"): Promise<unknown[]> {
    const rows = await this.rows(`SELECT "${column}" AS value FROM "${table}" ORDER BY "${order}"`);
    return rows.map(({ value }) => value);
  }

  /** A sink that writes to this database, opened. */
  async open(
    settings: Record<string, unknown> = {},
    context: RecordingContext = recordingContext("/"),
  ): Promise<PostgresSink> {
    const sink = this.create(settings, context);
    await sink.open(openContext(SIGNAL));
    return sink;
  }

  create(settings: Record<string, unknown> = {}, context: RecordingContext = recordingContext("/")): PostgresSink {
    const defaults = {
      connection_string: this.url,
      target_table: "messages",
      auto_create_table: true,
      retry_delay: "1ms",
    };
    const sink = postgresSink.create(postgresSink.config.parse({ ...defaults, ...settings }), context) as PostgresSink;
    this.#test.after(() => sink.close());
    return sink;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(this.url);
    client.on("error", () => undefined);
    await client.connect();
    this.#test.after(() => client.end());
    return client;
  }
}

export function consume(sink: PostgresSink, batch: MessageBatch): Promise<ConsumeResult> {
  return sink.consume(batch, { signal: SIGNAL, attempt: 1 });
}

/** `offset: reason` of what was rejected. */
export function reasons({ rejected = [] }: ConsumeResult): string[] {
  return rejected.map(({ offset, error }) => `${offset}: ${error instanceof Error ? error.message : String(error)}`);
}
