import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventually, TestEnvironment } from "@iggy-connectors/testing";

const texts = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_, index) => `${name} ${index}`);

/** Does something to partition 1 of a topic, of which 100 messages were delivered, and sends 150 more. */
async function deliversAfter(change: (environment: TestEnvironment) => Promise<void>): Promise<void> {
  await using environment = await TestEnvironment.start();
  const { client, folder } = environment;
  await environment.createTopic("shop", "orders", 2);
  const send = (messages: readonly string[]) =>
    client.sendMessages({
      stream: "shop",
      topic: "orders",
      partitioning: { kind: "partition", partition: 1 },
      messages: messages.map((text) => ({ payload: Buffer.from(text) })),
    });
  const arrived = (): string[] =>
    globSync(join(folder, "out", "**", "*.txt")).flatMap((file) =>
      readFileSync(file, "utf8").split("\n").filter(Boolean),
    );
  const connector = `type = "sink"
key = "files"
enabled = true
version = 0
name = "Files"
path = "file"
flush_interval = "10ms"
[[streams]]
stream = "shop"
topics = ["orders"]
schema = "raw"
[plugin_config]
path = "${join(folder, "out")}"
format = "raw"
`;
  await send(texts(100, "before"));
  await using runtime = await environment.runtime({ "files.toml": connector });
  await eventually(() => arrived().length === 100, { what: "the first messages" });
  await change(environment);
  await send(texts(150, "after"));
  const after = () => arrived().filter((text) => text.startsWith("after"));
  await eventually(() => new Set(after()).size === 150, { what: "every message of the new log", timeout: 30_000 });
  assert.equal(await runtime.stop(), 0);
}

test(
  "a partition that is removed and added while a sink runs is delivered from its first message",
  { timeout: 90_000 },
  () =>
    deliversAfter(async ({ client }) => {
      await client.deletePartitions("shop", "orders", 1);
      await client.createPartitions("shop", "orders", 1);
    }),
);

test("a topic that is purged while a sink runs is delivered from its first message", { timeout: 90_000 }, () =>
  deliversAfter(async ({ client }) => {
    await client.purgeTopic("shop", "orders");
  }),
);
