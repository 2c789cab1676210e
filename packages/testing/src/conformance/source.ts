import assert from "node:assert/strict";
import { test } from "node:test";
import type { IggyClient } from "@iggy-connectors/client";
import { eventually } from "../eventually.ts";
import { TestEnvironment } from "../processes/test-environment.ts";
import {
  killAt,
  killOwnProcessAt,
  ownProcessKilled,
  type SubjectFile,
  type SubjectIsolation,
  subjectFile,
  TOPIC,
} from "./subject.ts";

/** Where a source takes its messages from; it outlives the killed runtime. */
export interface Origin extends AsyncDisposable {
  /** The messages whose storage was confirmed to the origin, where it hears of that. */
  confirmed?(): readonly string[];
}

/** A source whose promises are to be checked. */
export interface SourceSubject {
  readonly name: string;
  /** How many messages. Default 2000. */
  readonly count?: number;
  /** Starts the origin with these messages, to be read or to be sent until they are taken. */
  origin(folder: string, messages: readonly string[]): Promise<Origin>;
  /** The connector, which may read below `folder`; asked for after `origin`. */
  connector(folder: string): SubjectFile;
  /** The message that a payload holds. Default: its text. */
  message?(payload: string): string;
  /** Whether messages keep the order in which they were given. */
  readonly ordered: boolean;
  /** Steps of the runtime at which it is killed. */
  readonly steps: readonly string[];
  /** Default: what the runtime chooses. With `process` the connector's own process is killed in the runtime's place. */
  readonly isolation?: SubjectIsolation;
}

const COUNT = 2000;
/** Enough for several ends of the subject's own process, each of which takes a start. */
const COUNT_IN_PROCESS = 800;

interface Stored {
  readonly text: string;
  readonly id: bigint;
}

/**
 * Registers one test per step: the runtime is killed (SIGKILL) at its third pass of that step and started again (with
 * `isolation: "process"` the connector's process, at each third pass). Every message must be in Iggy, in order where the source
 * has one; a message that comes again has the same id; and what was confirmed to the origin was stored by then (invariants 1
 * and 3).
 */
export function sourceConformance(subject: SourceSubject): void {
  const own = subject.isolation === "process";
  const count = subject.count ?? (own ? COUNT_IN_PROCESS : COUNT);
  const messages = Array.from({ length: count }, (_, index) => `message ${index}`);
  for (const step of subject.steps) {
    const name = `${subject.name} keeps its promises when ${own ? "its process is " : ""}killed at ${step}`;
    test(name, { timeout: 180_000 }, async () => {
      await using environment = await TestEnvironment.start();
      const { client, folder } = environment;
      await using origin = await subject.origin(folder, messages);
      const stream = `topic = "${TOPIC.topic}"\nlinger_time = "0"`;
      const connector = subjectFile("source", subject.connector(folder), stream, subject.isolation);
      // Every batch's checkpoint is stored, none is coalesced with the next.
      const variables = { IGGY_CONNECTORS_STATE_INTERVAL: "0" };
      if (!own) {
        await killAt(step, environment, connector, variables);
        await confirmedIsStored(client, origin, subject);
      }
      await using runtime = await (own
        ? killOwnProcessAt(step, environment, connector, variables)
        : environment.runtime({ "subject.toml": connector }, variables));
      const complete = async () =>
        new Set((await readAll(client, subject.message)).map(({ text }) => text)).size === count;
      await eventually(complete, {
        what: "every message in Iggy",
        interval: 50,
        timeout: own ? 150_000 : 30_000,
      });
      if (own) await ownProcessKilled(step, runtime);
      assert.equal(await runtime.stop(), 0);
      const stored = await readAll(client, subject.message);
      const first = [...new Set(stored.map(({ text }) => text))];
      assert.deepEqual(subject.ordered ? first : first.sort(), subject.ordered ? messages : messages.toSorted());
      const ids = new Map(stored.map(({ text, id }) => [text, id]));
      for (const { text, id } of stored) assert.equal(id, ids.get(text), `"${text}" came again with another id`);
      assert.equal(new Set(ids.values()).size, count, "every message has its own id");
    });
  }
}

/** What the origin has heard of must be in Iggy. */
async function confirmedIsStored(client: IggyClient, origin: Origin, { message }: SourceSubject): Promise<void> {
  const confirmed = [...(origin.confirmed?.() ?? [])];
  const kept = new Set((await readAll(client, message)).map(({ text }) => text));
  for (const one of confirmed) assert.ok(kept.has(one), `"${one}" was confirmed and is not there`);
}

async function readAll(client: IggyClient, messageOf = (payload: string) => payload): Promise<Stored[]> {
  if ((await client.getTopic(TOPIC.stream, TOPIC.topic)) === undefined) return [];
  const stored: Stored[] = [];
  for (let offset = 0n; ; ) {
    const frames = await client.pollMessages({
      consumer: { kind: "consumer", id: "reader" },
      ...TOPIC,
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
