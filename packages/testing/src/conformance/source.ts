import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import { eventually } from "../eventually.ts";
import { freePort } from "../free-port.ts";
import { IggyProcess } from "../processes/iggy-process.ts";
import { RuntimeProcess, writeConfiguration } from "../processes/runtime-process.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** Where a source takes its messages from; it outlives the killed runtime. */
export interface Origin extends AsyncDisposable {
  /** Messages that the origin was told are stored, where it is told. */
  confirmed?(): readonly string[];
}

/** A source whose promises are to be checked. */
export interface SourceSubject {
  readonly name: string;
  /** How many messages. Default 2000. */
  readonly count?: number;
  /** Starts the origin with these messages, to be read or to be sent until they are taken. */
  origin(folder: string, messages: readonly string[]): Promise<Origin>;
  /** The connector file, with key `subject`, that produces into `conformance/messages`; asked for after `origin`. */
  connector(folder: string): string;
  /** The message that a payload holds. Default: its text. */
  message?(payload: string): string;
  /** Whether messages keep the order in which they were given. */
  readonly ordered: boolean;
  /** Steps of the runtime at which it is killed. */
  readonly steps: readonly string[];
}

const COUNT = 2000;

interface Stored {
  readonly text: string;
  readonly id: bigint;
}

/**
 * Registers one test per step: the runtime is killed (SIGKILL) at its third pass of that step and started again. Every
 * message must be in Iggy, in order where the source has one; a message that comes again has the same id; and what the origin
 * was told is stored was stored when it was told (invariants 1 and 3).
 */
export function sourceConformance(subject: SourceSubject): void {
  const count = subject.count ?? COUNT;
  const messages = Array.from({ length: count }, (_, index) => `message ${index}`);
  for (const step of subject.steps) {
    test(`${subject.name} keeps its promises when killed at ${step}`, { timeout: 60_000 }, async () => {
      await using folder = await temporaryFolder("iggy-conformance-");
      const iggy = await IggyProcess.start(join(folder.path, "data"));
      await using _server = iggy.process;
      const client = await IggyClient.connect({ address: iggy.address });
      try {
        await using origin = await subject.origin(folder.path, messages);
        const port = await freePort();
        const config = await writeConfiguration({
          folder: folder.path,
          iggy: iggy.address,
          port,
          connectors: { "subject.toml": subject.connector(folder.path) },
        });
        // Every batch's checkpoint is stored, none is coalesced with the next.
        const environment = { IGGY_CONNECTORS_STATE_INTERVAL: "0" };
        const failing = { ...environment, IGGY_CONNECTORS_FAILPOINT: `${step}:kill@3` };
        await using killed = RuntimeProcess.start(config, port, failing);
        assert.equal(await killed.exited, "SIGKILL", `the runtime passes ${step} three times:\n${killed.output}`);
        const told = origin.confirmed?.() ?? [];
        const kept = new Set((await readAll(client, subject.message)).map(({ text }) => text));
        for (const message of told) assert.ok(kept.has(message), `"${message}" was confirmed and is not there`);

        await using runtime = RuntimeProcess.start(config, port, environment);
        const complete = async () =>
          new Set((await readAll(client, subject.message)).map(({ text }) => text)).size === count;
        await eventually(complete, { what: "every message in Iggy", interval: 50 });
        assert.equal(await runtime.stop(), 0);
        const stored = await readAll(client, subject.message);
        const first = [...new Set(stored.map(({ text }) => text))];
        assert.deepEqual(subject.ordered ? first : first.sort(), subject.ordered ? messages : messages.toSorted());
        const ids = new Map(stored.map(({ text, id }) => [text, id]));
        for (const { text, id } of stored) assert.equal(id, ids.get(text), `"${text}" came again with another id`);
        assert.equal(new Set(ids.values()).size, count, "every message has an id of its own");
      } finally {
        await client.close();
      }
    });
  }
}

async function readAll(client: IggyClient, messageOf = (payload: string) => payload): Promise<Stored[]> {
  if ((await client.getTopic("conformance", "messages")) === undefined) return [];
  const stored: Stored[] = [];
  for (let offset = 0n; ; ) {
    const frames = await client.pollMessages({
      consumer: { kind: "consumer", id: "reader" },
      stream: "conformance",
      topic: "messages",
      partition: 0,
      strategy: { kind: "offset", offset },
      count: 1000,
    });
    if (frames.length === 0) return stored;
    for (let index = 0; index < frames.length; index++) {
      stored.push({ text: messageOf(Buffer.from(frames.payload(index)).toString()), id: frames.id(index) });
    }
    offset = frames.offset(frames.length - 1) + 1n;
  }
}
