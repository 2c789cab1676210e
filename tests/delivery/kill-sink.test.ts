import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
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
import { assertCompleteAndOrdered, journalBytes, readJournal } from "./journal.ts";

const PARTITIONS = 4;
const PER_PARTITION = 50_000;
/** How often runtime and server are killed in each placement. */
const KILLS = {
  thread: { runtime: 10, server: 3 },
  shared: { runtime: 5, server: 2 },
  process: { runtime: 5, server: 2 },
};

const plugin = fileURLToPath(new URL("./plugins/journal-sink.ts", import.meta.url));

/** Bytes that the journals hold when everything arrived once. */
function journalSize(): number {
  let bytes = 0;
  for (let offset = 0; offset < PER_PARTITION; offset++) bytes += 2 * String(offset).length + 2;
  return bytes * PARTITIONS;
}

/** A connector's process writes until it notices that the runtime is gone. */
function writerGone(folder: string): Promise<unknown> {
  const file = join(folder, "writer.pid");
  const isGone = (): boolean => {
    if (!existsSync(file)) return true;
    try {
      return !process.kill(Number(readFileSync(file, "utf8")), 0);
    } catch {
      return true;
    }
  };
  return eventually(isGone, { what: "the end of the connector's process" });
}

for (const [isolation, planned] of Object.entries(KILLS)) {
  test(`a sink loses nothing and keeps the order while runtime and server are killed (${isolation})`, {
    timeout: 300_000,
  }, async (t) => {
    await using folder = await temporaryFolder();
    const journals = join(folder.path, "journals");
    await mkdir(journals);
    const port = await freePort();
    const data = join(folder.path, "data");
    let iggy = await IggyProcess.start(data, `127.0.0.1:${await freePort()}`);
    const { address } = iggy;

    const client = await IggyClient.connect({ address });
    await client.createStream("proof");
    await client.createTopic({ stream: "proof", name: "numbers", partitionsCount: PARTITIONS });
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (let first = 0; first < PER_PARTITION; first += 1000) {
        const messages = Array.from({ length: 1000 }, (_, index) => ({ payload: Buffer.from(String(first + index)) }));
        await client.sendMessages({
          stream: "proof",
          topic: "numbers",
          partitioning: { kind: "partition", partition },
          messages,
        });
      }
    }

    const config = await writeConfiguration({
      folder: folder.path,
      iggy: address,
      port,
      connectors: {
        "journal.toml": `type = "sink"
key = "journal"
enabled = true
version = 0
name = "Journal"
path = "${plugin}"
isolation = "${isolation}"
[[streams]]
stream = "proof"
topics = ["numbers"]
schema = "raw"
batch_length = 250
[plugin_config]
folder = "${journals}"
`,
      },
    });

    // Random moments of the delivery: the kill comes once the journals have grown that far.
    const size = journalSize();
    const moments = [
      ...Array.from({ length: planned.runtime }, () => ({ at: randomInt(size), who: "runtime" as const })),
      ...Array.from({ length: planned.server }, () => ({ at: randomInt(size), who: "server" as const })),
    ].sort((a, b) => a.at - b.at);
    t.diagnostic(`kills at ${moments.map(({ at, who }) => `${who} ${((at / size) * 100).toFixed(1)} %`).join(", ")}`);

    let runtime = RuntimeProcess.start(config, port);
    /** Per runtime kill and partition: how long the journal was, and the offset after the stored one. */
    const kills: { partition: number; entries: number; next: number }[] = [];
    try {
      for (const { at, who } of moments) {
        await eventually(() => journalBytes(journals, PARTITIONS) >= at, {
          timeout: 120_000,
          interval: 1,
          what: `${at} bytes in the journals`,
        });
        if (who === "server") {
          await iggy.process.kill();
          iggy = await IggyProcess.start(data, address);
          continue;
        }
        await runtime.kill();
        await writerGone(journals);
        for (let partition = 0; partition < PARTITIONS; partition++) {
          const stored = await client.getConsumerOffset({
            consumer: { kind: "group", id: "iggy-connect-sink-journal" },
            stream: "proof",
            topic: "numbers",
            partition,
          });
          const next = stored === undefined ? 0 : Number(stored.storedOffset) + 1;
          kills.push({ partition, entries: readJournal(journals, partition).length, next });
        }
        runtime = RuntimeProcess.start(config, port);
      }
      await eventually(
        () =>
          Array.from({ length: PARTITIONS }, (_, p) => readJournal(journals, p)).every((entries) =>
            entries.some(({ offset }) => offset === PER_PARTITION - 1),
          ),
        { timeout: 120_000, interval: 100, what: "the last message of every partition" },
      );
      assert.equal(await runtime.stop(), 0);
    } finally {
      await runtime[Symbol.asyncDispose]();
      await client.close();
      await iggy.process[Symbol.asyncDispose]();
    }

    let duplicates = 0;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const entries = readJournal(journals, partition);
      for (const { offset, number } of entries) assert.equal(number, offset);
      duplicates += assertCompleteAndOrdered(entries, PER_PARTITION).duplicates;
      // Invariant 1: what comes first after a kill is the message after the stored offset: none is skipped, and nothing
      // older than the stored offset is delivered again.
      for (const kill of kills.filter((one) => one.partition === partition)) {
        const first = entries[kill.entries];
        if (first !== undefined) assert.equal(first.offset, kill.next, `partition ${partition} after a kill`);
      }
    }
    t.diagnostic(
      `${duplicates} duplicates of ${PARTITIONS * PER_PARTITION} messages after ${planned.runtime} + ${planned.server} kills`,
    );
  });
}
