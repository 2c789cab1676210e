import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { PostgresServer, postgresMissing } from "@iggy-connectors/test-support";
import { eventually, type RuntimeProcess, TestEnvironment } from "@iggy-connectors/testing";
import pg from "pg";

const PARTITIONS = 3;
const RUNTIME_KILLS = 5;
const DATABASE_KILLS = 3;

interface Letters {
  readonly dead_letters: readonly Letter[];
  readonly next: string | null;
}

interface Letter {
  readonly origin: { readonly partition: number; readonly offset: string };
  readonly error: string;
}

const missing = postgresMissing() || (process.env.POSTGRES_URL === undefined ? false : "it kills its server");

/** What is sent to each partition. Every `badEvery`th message is one that `jsonb` refuses. */
class Truth {
  readonly count: number;
  readonly #badEvery: number;

  constructor(count: number, badEvery: number) {
    this.count = count;
    this.#badEvery = badEvery;
  }

  isBad(offset: number): boolean {
    return offset % this.#badEvery === 5;
  }

  /** Messages of all partitions that are to be rows. */
  get good(): number {
    return PARTITIONS * this.#offsets(false).length;
  }

  async send(environment: TestEnvironment): Promise<void> {
    await environment.createTopic("truth", "numbers", PARTITIONS);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (let first = 0; first < this.count; first += 1000) {
        const messages = Array.from({ length: 1000 }, (_, index) => ({
          payload: Buffer.from(this.#payload(partition, first + index)),
        }));
        const partitioning = { kind: "partition", partition } as const;
        await environment.client.sendMessages({ stream: "truth", topic: "numbers", partitioning, messages });
      }
    }
  }

  /** Every message is a row once, or a dead letter, and nothing else is there. Returns how many dead letters there are. */
  async verify(url: string, runtime: RuntimeProcess): Promise<number> {
    await eventually(async () => (await rowCount(url)) === this.good, {
      timeout: 120_000,
      interval: 50,
      what: "the last row",
    });
    const bad = Array.from({ length: PARTITIONS }, (_, partition) =>
      this.#offsets(true).map((offset) => `${partition}/${offset}`),
    ).flat();
    const letters = await eventually(
      async () => {
        const found = await deadLetters(runtime);
        return new Set(found.map(placeOf)).size === bad.length && found;
      },
      { what: "the dead letters" },
    );
    assert.ok(letters.every(({ error }) => /22P05/.test(error)));
    assert.deepEqual(new Set(letters.map(placeOf)), new Set(bad));
    const rows = await select<{ offsets: string[]; places: string[] }>(
      url,
      `SELECT array_agg(iggy_offset::text ORDER BY iggy_offset) AS offsets,
              array_agg(payload->>'at' ORDER BY iggy_offset) AS places FROM numbers GROUP BY iggy_partition_id ORDER BY iggy_partition_id`,
    );
    const good = this.#offsets(false);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      assert.deepEqual(rows[partition]?.offsets, good.map(String), `offsets of partition ${partition}`);
      assert.deepEqual(
        rows[partition]?.places,
        good.map((offset) => `${partition}/${offset}`),
      );
    }
    return letters.length;
  }

  #offsets(bad: boolean): number[] {
    return Array.from({ length: this.count }, (_, offset) => offset).filter((offset) => this.isBad(offset) === bad);
  }

  /** A message says where it belongs, so that contents can be compared. */
  #payload(partition: number, offset: number): string {
    const at = `"at":"${partition}/${offset}"`;
    return this.isBad(offset) ? `{${at},"bad":"\\u0000"}` : `{${at}}`;
  }
}

const connector = (url: string): string => `type = "sink"
key = "truth"
enabled = true
version = 0
name = "Truth"
path = "postgres"
retry.initial_backoff = "20ms"
retry.max_backoff = "200ms"
[[streams]]
stream = "truth"
topics = ["numbers"]
schema = "json"
batch_length = 200
[plugin_config]
connection_string = "${url}"
target_table = "numbers"
auto_create_table = true
payload_format = "json"
key = []
retry_delay = "20ms"
`;

test("every message is in the table once, or a dead letter, while runtime and database are killed", {
  skip: missing,
  timeout: 300_000,
}, async (t) => {
  const truth = new Truth(10_000, 777);
  await using environment = await TestEnvironment.start();
  await using database = await PostgresServer.start();
  await truth.send(environment);
  const connectors = { "truth.toml": connector(database.url) };

  const moments = [
    ...Array.from({ length: RUNTIME_KILLS }, () => ({ at: randomInt(truth.good), who: "runtime" as const })),
    ...Array.from({ length: DATABASE_KILLS }, () => ({ at: randomInt(truth.good), who: "database" as const })),
  ].sort((one, other) => one.at - other.at);
  t.diagnostic(`kills at ${moments.map(({ at, who }) => `${who} ${at}`).join(", ")} of ${truth.good} rows`);

  let runtime = await environment.runtime(connectors);
  try {
    for (const { at, who } of moments) {
      await eventually(async () => (await rowCount(database.url)) >= at, {
        timeout: 120_000,
        interval: 5,
        what: `${at} rows`,
      });
      if (who === "database") {
        await database.kill();
        await database.restart();
      } else {
        await runtime.kill();
        runtime = await environment.runtime(connectors);
      }
    }
    const letters = await truth.verify(database.url, runtime);
    assert.equal(await runtime.stop(), 0);
    t.diagnostic(`${letters} dead letters of ${PARTITIONS * truth.count - truth.good} refused messages`);
  } finally {
    await runtime[Symbol.asyncDispose]();
  }
});

// Between the commit of a batch and its dead letters lies the one place where a refused message could vanish.
for (const step of ["sink.after_consume", "sink.after_dead_letter", "sink.before_store"]) {
  test(`no rejected message is lost when the runtime is killed at ${step}`, {
    skip: missing,
    timeout: 120_000,
  }, async () => {
    const truth = new Truth(2000, 50);
    await using environment = await TestEnvironment.start();
    await using database = await PostgresServer.start();
    await truth.send(environment);
    const connectors = { "truth.toml": connector(database.url) };
    const killed = await environment.runtime(connectors, { IGGY_CONNECTORS_FAILPOINT: `${step}:kill@4` });
    assert.equal(await killed.exited, "SIGKILL", killed.output);
    await using runtime = await environment.runtime(connectors);
    await truth.verify(database.url, runtime);
    assert.equal(await runtime.stop(), 0);
  });
}

function placeOf({ origin }: Letter): string {
  return `${origin.partition}/${origin.offset}`;
}

/** 0 while there is no table. */
async function rowCount(url: string): Promise<number> {
  const [row] = await select<{ count: number }>(url, "SELECT count(*)::int AS count FROM numbers");
  return row?.count ?? 0;
}

async function deadLetters(runtime: RuntimeProcess): Promise<Letter[]> {
  const found: Letter[] = [];
  for (let after = ""; ; ) {
    const page = await runtime.get<Letters>(`/sinks/truth/dead_letters?limit=1000${after}`);
    found.push(...page.dead_letters);
    if (page.next === null) return found;
    after = `&after=${page.next}`;
  }
}

async function select<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client(url);
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Row & Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
