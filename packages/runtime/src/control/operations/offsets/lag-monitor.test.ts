import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { GroupMember, IggyClient } from "@iggy-connectors/client";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";
import { type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";
import { connectorSnapshot } from "../../../../test/connector-snapshot.ts";
import { sinkDefinition } from "../../../../test/task/plugins.ts";
import { taskSpec } from "../../../../test/task/task-harness.ts";
import type { ConnectorSnapshot } from "../../supervisor/connectors/snapshot.ts";
import { LagMonitor } from "./lag-monitor.ts";

const BASE = taskSpec(sinkDefinition(() => ({ async consume() {} })));

let folder: TemporaryFolder;
let server: EmbeddedServer;
let client: IggyClient;

before(async () => {
  folder = await temporaryFolder();
  server = await startServer({ address: "127.0.0.1:0", path: folder.path });
  client = await IggyClient.connect({ address: server.address });
  await client.createStream("s");
});

after(async () => {
  await client.close();
  await server.close();
  await folder[Symbol.asyncDispose]();
});

async function topicWith(name: string, messages: number, stored: number | undefined): Promise<void> {
  await client.createTopic({ stream: "s", name, partitionsCount: 2 });
  await append(name, messages);
  if (stored === undefined) return;
  const member = await GroupMember.join(client, { stream: "s", topic: name, group: "group", create: true });
  await member.sync();
  await member.store(0, BigInt(stored));
  await member.leave();
}

async function append(topic: string, count: number): Promise<void> {
  const messages = Array.from({ length: count }, () => ({ payload: Buffer.from("x") }));
  await client.sendMessages({ stream: "s", topic, partitioning: { kind: "partition", partition: 0 }, messages });
}

function monitor(
  topic: string,
  connectors: () => ConnectorSnapshot[],
  initial: typeof BASE.initialOffset = { kind: "first" },
) {
  let calls = 0;
  const lag = new LagMonitor({
    client: async () => {
      calls += 1;
      return client;
    },
    connectors,
    topicsOf: () => ({ sinkStreams: [{ ...BASE.sinkStreams[0]!, topics: [topic] }], initialOffset: initial }),
  });
  return { lag, calls: () => calls };
}

describe("the lag of a sink that does not deliver", () => {
  for (const state of ["paused", "stopped", "failed", "starting", "retrying", "blocked", "standby"] as const) {
    it(`is what Iggy has behind the stored offset (${state})`, async () => {
      const topic = `in-${state}`;
      await topicWith(topic, 10, 3);
      const sink = connectorSnapshot({ state });
      const { lag } = monitor(topic, () => [sink]);
      await lag.refresh();
      const shown = lag.complete(sink);
      assert.equal(shown.lag, 6);
      assert.deepEqual(
        shown.partitions.map(({ partition, storedOffset, endOffset, lag: behind, state: of }) => [
          ...[partition, storedOffset, endOffset, behind, of],
        ]),
        [
          [0, "3", "9", 6, "unassigned"],
          [1, undefined, undefined, 0, "unassigned"],
        ],
      );
      assert.ok(Math.abs(Date.now() - (shown.partitions[0]?.oldestOpenAt ?? 0)) < 60_000, "age of the oldest message");
      await append(topic, 5);
      await lag.refresh();
      assert.equal(lag.complete(sink).lag, 11);
    });
  }

  it("is everything where it never started, and nothing where it would begin at the end", async () => {
    await topicWith("never", 7, undefined);
    const sink = connectorSnapshot({ state: "failed" });
    const first = monitor("never", () => [sink]).lag;
    await first.refresh();
    assert.equal(first.complete(sink).lag, 7);
    const last = monitor("never", () => [sink], { kind: "last" }).lag;
    await last.refresh();
    assert.equal(last.complete(sink).lag, 0);
  });

  it("counts what was appended since a task that waits for its destination read last", async () => {
    await topicWith("behind", 10, 3);
    const partition = {
      ...{ stream: "s", topic: "behind", partition: 0, storedOffset: "5", endOffset: "7", lag: 2 },
      ...{ oldestOpenAt: 1, inFlight: 2, state: "retrying" as const },
    };
    const sink = connectorSnapshot({ state: "retrying", partitions: [partition], lag: 2, messagesInFlight: 2 });
    const { lag } = monitor("behind", () => [sink]);
    await lag.refresh();
    const [shown] = lag.complete(sink).partitions;
    assert.deepEqual(shown, { ...partition, endOffset: "9", lag: 4 });
  });

  it("costs nothing while every sink delivers, and what was read before does not count", async () => {
    await topicWith("healthy", 10, 3);
    let sink = connectorSnapshot({ state: "paused" });
    const { lag, calls } = monitor("healthy", () => [sink, connectorSnapshot({ type: "source", key: "random" })]);
    await lag.refresh();
    assert.equal(calls(), 1);
    sink = connectorSnapshot({ state: "running" });
    assert.equal(lag.complete(sink).lag, 0);
    await lag.refresh();
    assert.equal(calls(), 1);
  });

  it("is not asked for while a sink starts for the first time, but when its start fails or takes long", async () => {
    await topicWith("starting", 10, 3);
    let sink = connectorSnapshot({ state: "starting", since: Date.now() });
    const { lag, calls } = monitor("starting", () => [sink]);
    await lag.refresh();
    assert.equal(calls(), 0);
    const lastError = { code: "IGC_SINK_RETRYABLE", message: "away", timestamp: Date.now() };
    sink = connectorSnapshot({ state: "starting", since: Date.now(), lastError });
    await lag.refresh();
    assert.equal(calls(), 1);
    sink = connectorSnapshot({ state: "starting", since: Date.now() - 60_000 });
    await lag.refresh();
    assert.equal(calls(), 2);
  });

  it("stays as it was read where Iggy does not answer", async () => {
    await topicWith("away", 4, undefined);
    const sink = connectorSnapshot({ state: "stopped" });
    let up = true;
    const lag = new LagMonitor({
      client: async () => {
        if (up) return client;
        throw new Error("away");
      },
      connectors: () => [sink],
      topicsOf: () => ({
        sinkStreams: [{ ...BASE.sinkStreams[0]!, topics: ["away"] }],
        initialOffset: { kind: "first" },
      }),
    });
    await lag.refresh();
    up = false;
    await lag.refresh();
    assert.equal(lag.complete(sink).lag, 4);
  });
});
