import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { decodeHeaders } from "@iggy-connectors/protocol";
import { eventually, TestEnvironment } from "@iggy-connectors/testing";

const PLUGIN = `import { appendFile } from "node:fs/promises";
import { defineSink, type MessageBatch } from "@iggy-connectors/sdk";
import { z } from "zod";

interface Order { readonly customer?: { readonly name: string } }

export default defineSink({
  name: "names",
  version: "1.0.0",
  description: "Writes names",
  schemas: ["json"],
  delivery: "at-least-once",
  config: z.object({ file: z.string() }),
  create: ({ file }) => ({
    async consume(batch: MessageBatch) {
      const lines = [...batch].map(({ value }) => (value as Order).customer!.name);
      await appendFile(file, lines.map((line) => line + "\\n").join(""));
    },
  }),
});
`;
const LINE = PLUGIN.split("\n").findIndex((line) => line.includes("customer!.name")) + 1;

test("a bug that one message meets is that message's, and names file and line of the plugin", async () => {
  await using environment = await TestEnvironment.start();
  const { client, folder } = environment;
  const payloads = ["a", "b"].map((name) => JSON.stringify({ customer: { name } }));
  await environment.send("shop", "orders", [payloads[0]!, '{"customer":null}', payloads[1]!]);
  const file = join(folder, "names.txt");
  const plugin = join(folder, "names.ts");
  await writeFile(plugin, PLUGIN);
  const connector = `type = "sink"
key = "names"
enabled = true
version = 0
name = "Names"
path = "${plugin}"
[[streams]]
stream = "shop"
topics = ["orders"]
schema = "json"
[plugin_config]
file = "${file}"
`;
  await using runtime = await environment.runtime({ "names.toml": connector });
  await eventually(async () => (await readFile(file, "utf8").catch(() => "")) === "a\nb\n", {
    what: "both names, in order",
  });
  const letter = { stream: "iggy_connectors", topic: "dead_letter_sink_names" };
  await eventually(async () => (await client.getTopic(letter.stream, letter.topic))?.messagesCount === 1n, {
    what: "the dead letter",
  });
  const frames = await client.pollMessages({
    ...letter,
    partition: 0,
    consumer: { kind: "consumer", id: "reader" },
    strategy: { kind: "first" },
    count: 1,
  });
  const error = String(decodeHeaders(frames.headersBytes(0)).get("dead_letter.error")?.value);
  assert.ok(error.includes(`names.ts:${LINE})`), error);
  assert.ok(runtime.output.includes(`names.ts:${LINE})`), "the log says so, too");
  assert.equal(await runtime.stop(), 0);
});
