import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../eventually.ts";
import { TestEnvironment } from "../processes/test-environment.ts";
import { killAt, type SubjectFile, subjectFile, TOPIC } from "./subject.ts";

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
}

const COUNT = 2000;

/**
 * Registers one test per step: the runtime is killed (SIGKILL) at its third pass of that step and started again, and
 * every message must be at the destination, in order; once, where the sink promises that (invariants 1, 2 and 10).
 */
export function sinkConformance(subject: SinkSubject): void {
  for (const step of subject.steps) {
    test(`${subject.name} keeps its promises when killed at ${step}`, { timeout: 60_000 }, async () => {
      await using environment = await TestEnvironment.start();
      const { folder } = environment;
      const messages = Array.from({ length: COUNT }, (_, index) => `message ${index}`);
      await environment.send(TOPIC.stream, TOPIC.topic, messages);
      await using _destination = await subject.destination?.(folder);
      const connector = subjectFile("sink", subject.connector(folder), `topics = ["${TOPIC.topic}"]`);
      await killAt(step, environment, connector);
      await using runtime = await environment.runtime({ "subject.toml": connector });
      await eventually(async () => new Set(await subject.read(folder)).size === COUNT, {
        what: "every message at the destination",
      });
      assert.equal(await runtime.stop(), 0);
      const arrived = await subject.read(folder);
      assert.deepEqual([...new Set(arrived)], messages, "every message, in order");
      if (subject.delivery === "exactly-once") assert.equal(arrived.length, COUNT, "every message once");
    });
  }
}
