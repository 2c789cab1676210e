import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { IggyClient } from "@iggy-connectors/client";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";
import { assertCompleteAndOrdered, type Entry } from "./journal.ts";

const PARTITIONS = 4;
const COUNT = 200_000;
/** How often runtime and server are killed in each placement. */
const KILLS = {
  thread: { runtime: 10, server: 3 },
  shared: { runtime: 5, server: 2 },
  process: { runtime: 5, server: 2 },
};

const plugin = fileURLToPath(new URL("./plugins/numbers-source.ts", import.meta.url));

for (const [isolation, kills] of Object.entries(KILLS)) {
  test(`a source loses nothing and keeps the order while runtime and server are killed (${isolation})`, {
    timeout: 300_000,
  }, async (t) => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    const data = join(folder.path, "data");
    let iggy = await IggyProcess.start(data, `127.0.0.1:${await freePort()}`);
    const { address } = iggy;
    const client = await IggyClient.connect({ address });
    await client.createStream("proof");
    await client.createTopic({ stream: "proof", name: "numbers", partitionsCount: PARTITIONS });

    const config = await writeConfiguration({
      folder: folder.path,
      iggy: address,
      port,
      connectors: {
        "numbers.toml": `type = "source"
key = "numbers"
enabled = true
version = 0
name = "Numbers"
path = "${plugin}"
isolation = "${isolation}"
[[streams]]
stream = "proof"
topic = "numbers"
schema = "raw"
batch_length = 250
linger_time = "2ms"
partition_by = "partition"
[plugin_config]
count = ${COUNT}
`,
      },
    });

    const stored = async (): Promise<number> =>
      Number((await client.getTopic("proof", "numbers"))?.messagesCount ?? 0n);
    const checkpoint = (): number => {
      const file = join(folder.path, "state", "source_numbers.state");
      return existsSync(file)
        ? (JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { next: number } }).checkpoint.next
        : 0;
    };

    const moments = [
      ...Array.from({ length: kills.runtime }, () => ({ at: randomInt(COUNT), who: "runtime" as const })),
      ...Array.from({ length: kills.server }, () => ({ at: randomInt(COUNT), who: "server" as const })),
    ].sort((a, b) => a.at - b.at);
    t.diagnostic(`kills at ${moments.map(({ at, who }) => `${who} ${at}`).join(", ")}`);

    let runtime = RuntimeProcess.start(config, port);
    const checkpoints: number[] = [];
    try {
      for (const { at, who } of moments) {
        await eventually(async () => (await stored()) >= at || checkpoint() === COUNT, {
          timeout: 120_000,
          interval: 1,
          what: `${at} messages in Iggy`,
        });
        if (who === "server") {
          await iggy.process.kill();
          iggy = await IggyProcess.start(data, address);
          continue;
        }
        await runtime.kill();
        // Invariant 3: the checkpoint never covers what Iggy has not confirmed.
        const covered = checkpoint();
        assert.ok(covered <= (await stored()), `the checkpoint covers ${covered} messages, Iggy holds fewer`);
        checkpoints.push(covered);
        runtime = RuntimeProcess.start(config, port);
      }
      await runtime.connectorIn("/sources/numbers", "completed");
      assert.equal(await runtime.stop(), 0);
      assert.equal(checkpoint(), COUNT);

      let duplicates = 0;
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const entries = await readPartition(client, partition);
        duplicates += assertCompleteAndOrdered(entries, COUNT / PARTITIONS).duplicates;
      }
      t.diagnostic(
        `${duplicates} duplicates of ${COUNT} messages after ${kills.runtime} + ${kills.server} kills; checkpoints ${checkpoints.join(", ")}`,
      );
    } finally {
      await runtime[Symbol.asyncDispose]();
      await client.close();
      await iggy.process[Symbol.asyncDispose]();
    }
  });
}

/** The numbers in one partition, counted per partition: number n is the (n / 4)th of partition n mod 4. */
async function readPartition(client: IggyClient, partition: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let offset = 0n; ; ) {
    const frames = await client.pollMessages({
      consumer: { kind: "consumer", id: "reader" },
      stream: "proof",
      topic: "numbers",
      partition,
      strategy: { kind: "offset", offset },
      count: 1000,
    });
    if (frames.length === 0) return entries;
    for (let index = 0; index < frames.length; index++) {
      const number = Number(Buffer.from(frames.payload(index)).toString());
      assert.equal(number % PARTITIONS, partition);
      assert.equal(frames.id(index), BigInt(number + 1), "a replay carries the same id");
      entries.push({ offset: Math.floor(number / PARTITIONS), number });
    }
    offset = frames.offset(frames.length - 1) + 1n;
  }
}
