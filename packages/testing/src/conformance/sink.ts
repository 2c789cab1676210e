import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import { eventually } from "../eventually.ts";
import { freePort } from "../free-port.ts";
import { IggyProcess } from "../processes/iggy-process.ts";
import { RuntimeProcess, writeConfiguration } from "../processes/runtime-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** A sink whose promises are to be checked. */
export interface SinkSubject {
  readonly name: string;
  /** Starts the destination, where it is more than a folder; it outlives the killed runtime. */
  destination?(folder: string): Promise<AsyncDisposable>;
  /** The connector file, with key `subject`, that reads `conformance/messages` and writes below `folder`. */
  connector(folder: string): string;
  /** The payloads at the destination, in the order in which they arrived. */
  read(folder: string): string[] | Promise<string[]>;
  /** Whether a message may arrive twice after a kill. */
  readonly delivery: "at-least-once" | "exactly-once";
  /** Steps of the runtime at which it is killed. */
  readonly steps: readonly string[];
}

const COUNT = 2000;

/**
 * Registers one test per step: the runtime is killed (SIGKILL) at its third pass of that step and started again, and
 * every message must be at the destination, in order; once, where the sink promises that (invariants 1, 2 and 10).
 */
export function sinkConformance(subject: SinkSubject): void {
  for (const step of subject.steps) {
    test(`${subject.name} keeps its promises when killed at ${step}`, { timeout: 60_000 }, async () => {
      await using folder = await temporaryFolder("iggy-conformance-");
      const iggy = await IggyProcess.start(join(folder.path, "data"));
      await using _server = iggy.process;
      const client = await IggyClient.connect({ address: iggy.address });
      const messages = Array.from({ length: COUNT }, (_, index) => `message ${index}`);
      try {
        await client.createStream("conformance");
        await client.createTopic({ stream: "conformance", name: "messages", partitionsCount: 1 });
        await client.sendMessages({
          stream: "conformance",
          topic: "messages",
          messages: messages.map((message) => ({ payload: Buffer.from(message) })),
        });
      } finally {
        await client.close();
      }
      await using _destination = await subject.destination?.(folder.path);
      const port = await freePort();
      const config = await writeConfiguration({
        folder: folder.path,
        iggy: iggy.address,
        port,
        connectors: { "subject.toml": subject.connector(folder.path) },
      });
      const killed = RuntimeProcess.start(config, port, { IGGY_CONNECTORS_FAILPOINT: `${step}:kill@3` });
      assert.equal(await killed.exited, "SIGKILL", `the runtime passes ${step} three times:\n${killed.output}`);
      await using runtime = RuntimeProcess.start(config, port);
      await eventually(async () => new Set(await subject.read(folder.path)).size === COUNT, {
        what: "every message at the destination",
      });
      assert.equal(await runtime.stop(), 0);
      const arrived = await subject.read(folder.path);
      assert.deepEqual([...new Set(arrived)], messages, "every message, in order");
      if (subject.delivery === "exactly-once") assert.equal(arrived.length, COUNT, "every message once");
    });
  }
}
