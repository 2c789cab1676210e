import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PostgresServer, postgresMissing, searchEngineMissing, startSearchEngine } from "@iggy-connectors/test-support";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";
import pg from "pg";

const LINES = 8000;
const PER_WRITE = 400;
const missing = postgresMissing() || searchEngineMissing("elasticsearch") || false;
const skip = missing || (process.env.POSTGRES_URL === undefined ? false : "it kills its database");

const record = (n: number) => ({ n, text: `line ${n} "quoted" é`, even: n % 2 === 0 });

test("a file that is being written arrives in PostgreSQL and Elasticsearch while everything is killed", {
  skip,
}, async () => {
  await using folder = await temporaryFolder("iggy-two-stores-");
  await using database = await PostgresServer.start();
  await using search = await startSearchEngine("elasticsearch");
  const data = join(folder.path, "data");
  const file = join(folder.path, "lines.ndjson");
  await writeFile(file, "");
  const iggyPort = await freePort();
  const address = `127.0.0.1:${iggyPort}`;
  let iggy = (await IggyProcess.start(data, address)).process;
  const port = await freePort();
  const config = await writeConfiguration({
    folder: folder.path,
    iggy: address,
    port,
    connectors: {
      "lines.toml": `type = "source"
key = "lines"
enabled = true
version = 0
name = "Lines"
path = "file"
[[streams]]
stream = "files"
topic = "lines"
schema = "json"
partitions = 3
[plugin_config]
path = "${file}"
`,
      "database.toml": `type = "sink"
key = "database"
enabled = true
version = 0
name = "Database"
path = "postgres"
[[streams]]
stream = "files"
topics = ["lines"]
schema = "json"
[plugin_config]
connection_string = "${database.url}"
target_table = "lines"
auto_create_table = true
layout = "columns"
insert_mode = "upsert"
key = ["n"]
[[plugin_config.columns]]
name = "n"
type = "bigint"
[[plugin_config.columns]]
name = "text"
type = "text"
[[plugin_config.columns]]
name = "even"
type = "boolean"
`,
      "search.toml": `type = "sink"
key = "search"
enabled = true
version = 0
name = "Search"
path = "elasticsearch"
[[streams]]
stream = "files"
topics = ["lines"]
schema = "json"
[plugin_config]
url = "${search.url}"
index = "lines"
document_id = "{payload.n}"
include_metadata = false
`,
    },
  });
  let runtime = RuntimeProcess.start(config, port);
  try {
    const writing = (async () => {
      for (let first = 0; first < LINES; first += PER_WRITE) {
        const lines = Array.from({ length: PER_WRITE }, (_, index) => `${JSON.stringify(record(first + index))}\n`);
        await appendFile(file, lines.join(""));
        await sleep(100);
      }
    })();
    for (let kill = 0; kill < 7; kill++) {
      await sleep(200 + randomInt(800));
      if (kill % 3 === 0) {
        await runtime.kill();
        runtime = RuntimeProcess.start(config, port);
      } else if (kill % 3 === 1) {
        await iggy.kill();
        iggy = (await IggyProcess.start(data, address)).process;
      } else {
        await database.kill();
        await database.restart();
      }
    }
    await writing;
    const rows = await eventually(
      async () => {
        const found = await rowsOf(database.url).catch(() => []);
        return found.length === LINES ? found : undefined;
      },
      { what: "every line in the table", timeout: 120_000 },
    );
    assert.deepEqual(
      rows,
      Array.from({ length: LINES }, (_, n) => record(n)),
    );
    const documents = await eventually(
      async () => {
        const found = await documentsOf(search.url);
        return found.length === LINES ? found : undefined;
      },
      { what: "every line in the index", timeout: 120_000 },
    );
    assert.deepEqual(
      documents,
      Array.from({ length: LINES }, (_, n) => record(n)),
    );
    assert.equal(await runtime.stop(), 0);
  } finally {
    await runtime[Symbol.asyncDispose]();
    await iggy[Symbol.asyncDispose]();
  }
});

async function rowsOf(url: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  // The database is killed under us, too.
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query('select n::int, "text", even from lines order by n');
    return rows;
  } finally {
    await client.end();
  }
}

async function documentsOf(url: string): Promise<unknown[]> {
  const reply = await fetch(`${url}/lines/_search`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ size: LINES + 1, sort: ["n"], query: { match_all: {} } }),
  });
  if (!reply.ok) return [];
  const { hits } = (await reply.json()) as { hits: { hits: { _source: unknown }[] } };
  return hits.hits.map(({ _source }) => _source);
}
