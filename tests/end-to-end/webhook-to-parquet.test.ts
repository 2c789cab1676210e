import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { missingPython, pythonPackages, S3Server } from "@iggy-connectors/test-support";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";
import { TestBucket } from "../../connectors/sinks/s3/test/bucket.ts";

const ORDERS = 500;
const PER_REQUEST = 25;
const run = promisify(execFile);

/** Reads the objects named on its command line as a table, and prints its rows. */
const READER = `
import json, sys
import pyarrow.parquet as parquet
rows = []
for name in sys.argv[1:]:
    rows += parquet.read_table(name).to_pylist()
print(json.dumps([{"order": row["order"], "customer": row["customer"], "total": row["total"]} for row in rows]))
`;

const order = (number: number) => ({
  order: number,
  customer: { name: `customer ${number % 7}` },
  total: number * 1.25,
});

test("what is posted to the webhook is read back from Parquet on S3", { skip: await missingPython() }, async () => {
  await using folder = await temporaryFolder("iggy-webhook-parquet-");
  await using store = await S3Server.start();
  const bucket = await TestBucket.create(store);
  const iggy = await IggyProcess.start(join(folder.path, "data"));
  await using _server = iggy.process;
  const port = await freePort();
  const webhook = await freePort();
  const config = await writeConfiguration({
    folder: folder.path,
    iggy: iggy.address,
    port,
    connectors: {
      "webhooks.toml": `type = "source"
key = "webhooks"
enabled = true
version = 0
name = "Webhooks"
path = "http"
[[streams]]
stream = "shop"
topic = "orders"
schema = "json"
[plugin_config]
listen_addr = "127.0.0.1:${webhook}"
[[plugin_config.endpoints]]
path = "/orders"
content = "json"
split_arrays = true
auth_type = "none"
`,
      "archive.toml": `type = "sink"
key = "archive"
enabled = true
version = 0
name = "Archive"
path = "s3"
flush_interval = "200ms"
[[streams]]
stream = "shop"
topics = ["orders"]
schema = "json"
[plugin_config]
bucket = "${bucket.name}"
region = "us-east-1"
endpoint = "${store.url}"
access_key_id = "${store.accessKeyId}"
secret_access_key = "${store.secretAccessKey}"
output_format = "parquet"
[[plugin_config.columns]]
name = "order"
type = "int64"
[[plugin_config.columns]]
name = "customer"
path = "customer.name"
type = "string"
[[plugin_config.columns]]
name = "total"
type = "double"
`,
    },
  });
  await using runtime = RuntimeProcess.start(config, port);
  await runtime.connectorIn("/sources/webhooks", "running");
  for (let first = 0; first < ORDERS; first += PER_REQUEST) {
    const body = JSON.stringify(Array.from({ length: PER_REQUEST }, (_, index) => order(first + index)));
    const reply = await fetch(`http://127.0.0.1:${webhook}/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    assert.equal(reply.status, 200, await reply.text());
  }
  // Answered means stored in Iggy: what was posted is complete from here on.
  await eventually(
    async () => {
      const [offset] = await runtime.get<{ stored: string | null }[]>("/sinks/archive/offsets");
      return offset?.stored === String(ORDERS - 1);
    },
    { what: "the offset behind the last order" },
  );
  assert.equal(await runtime.stop(), 0);

  const keys = (await bucket.keys()).filter((key) => key.endsWith(".parquet"));
  assert.ok(keys.length > 0);
  const files = await Promise.all(
    keys.map(async (key, index) => {
      const file = join(folder.path, `${index}.parquet`);
      await writeFile(file, (await bucket.get(key)).body);
      return file;
    }),
  );
  const PYTHONPATH = await pythonPackages("pyarrow==26.0.1");
  const { stdout } = await run("python3", ["-c", READER, ...files], { env: { ...process.env, PYTHONPATH } });
  const rows = JSON.parse(stdout) as { order: number; customer: string; total: number }[];
  rows.sort((a, b) => a.order - b.order);
  const expected = Array.from({ length: ORDERS }, (_, number) => order(number));
  assert.deepEqual(
    rows,
    expected.map(({ order: number, customer, total }) => ({ order: number, customer: customer.name, total })),
  );
});
