import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Sink, Source } from "@iggy-connectors/sdk";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";
import { sinkDefinition, sourceDefinition } from "../../../test/task/plugins.ts";
import { RunningTask, taskSpec, until } from "../../../test/task/task-harness.ts";

let folder: string;
let server: EmbeddedServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "iggy-restart-"));
  server = await startServer({ address: "127.0.0.1:0", path: join(folder, "data") });
});

after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  const { address } = server;
  await server.close();
  server = await startServer({ address, path: join(folder, "data") });
}

describe("a restart of the server during delivery", () => {
  it("loses nothing in either direction", async () => {
    const iggy = { address: server.address, username: "iggy", password: "iggy" };
    const produced: Source<number> = {
      async poll({ checkpoint = 0 }) {
        const messages = Array.from({ length: 20 }, (_, index) => ({
          payload: Buffer.from(String(checkpoint + index)),
          id: BigInt(checkpoint + index + 1),
        }));
        return { messages, checkpoint: checkpoint + 20 };
      },
    };
    const received = new Set<number>();
    const sink: Sink = {
      async consume(batch) {
        for (const { payload } of batch) received.add(Number(Buffer.from(payload).toString()));
      },
    };
    const sourceSpec = taskSpec(
      sourceDefinition(() => produced as Source),
      { iggy, checkpoint: { path: join(folder, "source_test.state"), interval: 20 } },
    );
    const source = new RunningTask({
      ...sourceSpec,
      sourceStreams: sourceSpec.sourceStreams.map((stream) => ({ ...stream, partitions: 3 })),
    });
    await source.reached(({ state }) => state === "running");
    const sinkTask = new RunningTask(
      taskSpec(
        sinkDefinition(() => sink),
        { iggy },
      ),
    );
    await until(() => received.size > 500);
    await restart();
    const before = received.size;
    await until(() => received.size > before + 500);
    await restart();
    const again = received.size;
    await until(() => received.size > again + 500);
    const sent = (await source.stop()).counters.sent;
    await until(() => received.size >= sent);
    const status = await sinkTask.stop();
    for (let number = 0; number < sent; number++) assert.ok(received.has(number), `message ${number} is missing`);
    assert.equal(status.lastError, undefined);
    const { counters, messagesInFlight } = status;
    assert.equal(messagesInFlight, 0);
    assert.ok(counters.delivered >= sent);
  });
});
