import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";

const LETTERS = 2000;
/** Dead letters that are delivered and marked as resolved together: a killed replay may deliver these twice. */
const GROUP = 500;

/** Rejects everything while a file named `refuse` exists; after that it writes slowly, one message at a time. */
const PLUGIN = `import { appendFileSync, existsSync } from "node:fs";
import { defineSink, RejectedError } from "@iggy-connectors/sdk";
import { z } from "zod";

export default defineSink({
  name: "slow",
  version: "1.0.0",
  description: "Refuses for a while, then writes slowly.",
  schemas: ["text"],
  delivery: "at-least-once",
  config: z.object({ output: z.string(), refuse: z.string() }),
  create: ({ output, refuse }) => ({
    async consume(batch) {
      if (existsSync(refuse)) return { rejected: [...batch].map(({ offset }) => ({ offset, error: new RejectedError("no") })) };
      for (const { value } of batch) {
        appendFileSync(output, value + "\\n");
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
  }),
});
`;

interface Page {
  readonly dead_letters: readonly { readonly id: string }[];
  readonly next: string | null;
}

test("a killed replay loses no dead letter and delivers at most one group twice", async () => {
  await using folder = await temporaryFolder("iggy-replay-");
  const output = join(folder.path, "output");
  const refuse = join(folder.path, "refuse");
  const plugin = join(folder.path, "slow.ts");
  await Promise.all([writeFile(output, ""), writeFile(refuse, ""), writeFile(plugin, PLUGIN)]);
  const iggy = await IggyProcess.start(join(folder.path, "data"));
  await using _server = iggy.process;
  const client = await IggyClient.connect({ address: iggy.address });
  try {
    await client.createStream("s");
    await client.createTopic({ stream: "s", name: "t", partitionsCount: 1 });
    const payloads = Array.from({ length: LETTERS }, (_, number) => Buffer.from(`message ${number}`));
    await client.sendMessages({ stream: "s", topic: "t", messages: payloads.map((payload) => ({ payload })) });
  } finally {
    await client.close();
  }
  const port = await freePort();
  const connector = `type = "sink"
key = "slow"
enabled = true
version = 0
name = "Slow"
path = "${plugin}"
[[streams]]
stream = "s"
topics = ["t"]
schema = "text"
[plugin_config]
output = "${output}"
refuse = "${refuse}"
`;
  const config = await writeConfiguration({
    folder: folder.path,
    iggy: iggy.address,
    port,
    connectors: { "slow.toml": connector },
  });
  const open = async (runtime: RuntimeProcess): Promise<number> => {
    let count = 0;
    for (let after: string | null = ""; after !== null; ) {
      const page: Page = await runtime.get(
        `/sinks/slow/dead_letters?limit=1000${after === "" ? "" : `&after=${after}`}`,
      );
      count += page.dead_letters.length;
      after = page.next;
    }
    return count;
  };
  const replay = (runtime: RuntimeProcess) =>
    fetch(`${runtime.api}/sinks/slow/dead_letters/replay`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ filter: {} }),
    });
  const delivered = async (): Promise<string[]> => (await readFile(output, "utf8")).split("\n").slice(0, -1);

  await using killed = RuntimeProcess.start(config, port);
  await killed.connectorIn("/sinks/slow", "running");
  await eventually(async () => (await open(killed)) === LETTERS, { what: "all dead letters" });
  await rm(refuse);
  const replaying = replay(killed).catch(() => undefined);
  // In the middle of the second group.
  await eventually(async () => (await delivered()).length > GROUP + 100, { what: "part of the replay" });
  await killed.kill();
  await replaying;
  const before = await delivered();

  await using runtime = RuntimeProcess.start(config, port);
  await runtime.connectorIn("/sinks/slow", "running");
  const left = await open(runtime);
  assert.ok(left <= LETTERS - GROUP, `${left} letters are open`);
  const report = (await (await replay(runtime)).json()) as { replayed: number; failed: number };
  assert.deepEqual([report.replayed, report.failed], [left, 0]);
  assert.equal(await open(runtime), 0);
  const all = await delivered();
  assert.equal(new Set(all).size, LETTERS, "every dead letter");
  const twice = all.length - LETTERS;
  assert.ok(twice <= GROUP, `${twice} letters came twice`);
  assert.ok(before.length > GROUP);
  assert.equal(await runtime.stop(), 0);
});
