import assert from "node:assert/strict";
import { test } from "node:test";
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

/** A sink whose promises are to be checked. */
export interface SinkSubject {
  readonly name: string;
  /** Starts the destination, where it is more than a folder; it outlives the killed runtime. */
  destination?(folder: string): Promise<AsyncDisposable>;
  /** The connector, which may write below `folder`; asked for after `destination`. */
  connector(folder: string): SubjectFile;
  /** The payloads at the destination, in the order in which they arrived. */
  read(folder: string): string[] | Promise<string[]>;
  /** Whether a message may arrive twice after a kill. */
  readonly delivery: "at-least-once" | "exactly-once";
  /** Steps of the runtime at which it is killed. */
  readonly steps: readonly string[];
  /** Default: what the runtime chooses. With `process` the connector's own process is killed in the runtime's place. */
  readonly isolation?: SubjectIsolation;
}

const COUNT = 2000;
/** Enough for several ends of the subject's own process, each of which takes a start. */
const COUNT_IN_PROCESS = 1200;
/** Messages of a topic that is deleted, and of the one that is created in its place, which grows past the former. */
const BEFORE = 100;
const AFTER = 150;

/**
 * Registers one test per step: the runtime is killed (SIGKILL) at its third pass of that step and started again (with
 * `isolation: "process"` the connector's process, at each third pass), and every message must be at the destination, in order; once, where the sink promises that (invariants 1, 2 and 10). Two more
 * delete the topic and create it again, while the sink runs and while it is stopped: every message of both must arrive
 * (invariant 8).
 */
export function sinkConformance(subject: SinkSubject): void {
  for (const runs of [true, false]) topicCreatedAgain(subject, runs);
  for (const step of subject.steps) {
    const own = subject.isolation === "process";
    const name = `${subject.name} keeps its promises when ${own ? "its process is " : ""}killed at ${step}`;
    test(name, { timeout: 180_000 }, async () => {
      await using environment = await TestEnvironment.start();
      const { folder } = environment;
      const count = own ? COUNT_IN_PROCESS : COUNT;
      const messages = Array.from({ length: count }, (_, index) => `message ${index}`);
      await environment.send(TOPIC.stream, TOPIC.topic, messages);
      await using _destination = await subject.destination?.(folder);
      const connector = subjectFile(
        "sink",
        subject.connector(folder),
        `topics = ["${TOPIC.topic}"]`,
        subject.isolation,
      );
      if (!own) await killAt(step, environment, connector);
      await using runtime = await (own
        ? killOwnProcessAt(step, environment, connector)
        : environment.runtime({ "subject.toml": connector }));
      await eventually(async () => new Set(await subject.read(folder)).size === count, {
        what: "every message at the destination",
        timeout: own ? 150_000 : 30_000,
      });
      if (own) await ownProcessKilled(step, runtime);
      assert.equal(await runtime.stop(), 0);
      const arrived = await subject.read(folder);
      assert.deepEqual([...new Set(arrived)], messages, "every message, in order");
      if (subject.delivery === "exactly-once") assert.equal(arrived.length, count, "every message once");
    });
  }
}

function topicCreatedAgain(subject: SinkSubject, runs: boolean): void {
  const name = `${subject.name} delivers a topic that is created again while it ${runs ? "runs" : "is stopped"}`;
  test(name, { timeout: 90_000 }, async () => {
    await using environment = await TestEnvironment.start();
    const { client, folder } = environment;
    const before = Array.from({ length: BEFORE }, (_, index) => `before ${index}`);
    const after = Array.from({ length: AFTER }, (_, index) => `after ${index}`);
    await environment.send(TOPIC.stream, TOPIC.topic, before);
    await using _destination = await subject.destination?.(folder);
    const connector = subjectFile("sink", subject.connector(folder), `topics = ["${TOPIC.topic}"]`, subject.isolation);
    const arrived = async (messages: readonly string[]) => {
      const wanted = new Set(messages);
      return (await subject.read(folder)).filter((message) => wanted.has(message));
    };
    const complete = (messages: readonly string[]) =>
      eventually(async () => new Set(await arrived(messages)).size === messages.length, {
        what: `"${messages[0]}" and all after it at the destination`,
      });
    const first = await environment.runtime({ "subject.toml": connector });
    try {
      await complete(before);
      if (!runs) assert.equal(await first.stop(), 0);
      await client.deleteTopic(TOPIC.stream, TOPIC.topic);
      await environment.send(TOPIC.stream, TOPIC.topic, after);
      if (runs) await complete(after);
    } finally {
      await first[Symbol.asyncDispose]();
    }
    await using second = await environment.runtime({ "subject.toml": connector });
    await complete(after);
    assert.equal(await second.stop(), 0);
    // The order is that of two logs side by side, as far as the destination tells it at all.
    for (const messages of [before, after]) {
      const found = await arrived(messages);
      assert.equal(new Set(found).size, messages.length, "every message");
      if (subject.delivery === "exactly-once") assert.equal(found.length, messages.length, "every message once");
    }
  });
}
