import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { sinkDefinition } from "../../../../test/task/plugins.ts";
import { taskSpec } from "../../../../test/task/task-harness.ts";
import type { DeadLetterRecord } from "../../../shared/dead-letter/dead-letter-record.ts";
import { withTimeLimits } from "../../../shared/jobs/time-limits.ts";
import type { TaskLogLine } from "../../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";
import type { Isolation } from "../../supervisor/placements/placement.ts";
import { type JobOptions, JobWorker } from "./job-worker.ts";

const MEBIBYTE = 1024 * 1024;

/** A sink whose `consume` is this code; it may use `batch` and `process`. */
function specOf(consume: string, open = ""): TaskSpec {
  const config = `{ "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }), jsonSchema: { input: () => ({}), output: () => ({}) } } }`;
  const code = `export default { type: "sink", name: "scripted", version: "1.0.0", description: "For tests",
    schemas: ["raw"], delivery: "at-least-once", config: ${config},
    create: () => ({ async open() { ${open} }, async consume(batch) { ${consume} } }) };`;
  const spec = taskSpec(sinkDefinition(() => ({ consume: async () => {} })));
  return { ...spec, plugin: { path: "scripted", url: `data:text/javascript,${encodeURIComponent(code)}` } };
}

function letter(id: number): DeadLetterRecord {
  return {
    ...{ id: BigInt(id), task: 0, stage: "consume", transform: undefined, code: "IGC_SINK_REJECTED", error: "no" },
    ...{ attempts: 1, time: 0, stream: "s", topic: "t", partition: 0, offset: BigInt(id), messageId: undefined },
    ...{
      timestamp: undefined,
      originTimestamp: undefined,
      truncated: undefined,
      droppedHeaders: 0,
      payload: Buffer.from("{}"),
      headers: [],
    },
  };
}

function work(spec: TaskSpec, options: Partial<JobOptions> = {}): JobWorker<"redeliver"> {
  return new JobWorker(
    { kind: "redeliver", spec },
    { memoryLimit: 64 * MEBIBYTE, isolation: "thread", environment: process.env, onLogs: () => {}, ...options },
  );
}

for (const isolation of ["thread", "process"] satisfies Isolation[]) {
  describe(`a job in a ${isolation}`, () => {
    it("answers one call after the other, and shows what the plugin prints", async () => {
      const lines: TaskLogLine[] = [];
      const consume = `console.log("got", batch.length, process.connected === true ? "process" : "thread");
        if (batch.firstOffset === 2n) return { rejected: [{ offset: 2n, error: new Error("never") }] };`;
      await using job = work(specOf(consume), { isolation, onLogs: (more) => lines.push(...more) });
      assert.deepEqual(await job.call([letter(0), letter(1)]), []);
      const [failed] = await job.call([letter(2)]);
      assert.equal(failed?.id, 2n);
      assert.equal(failed?.error.message, "never");
      await eventually(() => lines.some(({ message }) => message === `got 2 ${isolation}`));
    });

    it("fails when its worker has ended, also between two calls", async () => {
      await using job = work(specOf("setTimeout(() => process.exit(7), 1);"), { isolation });
      const calls = async (): Promise<void> => {
        for (;;) await job.call([letter(0)]);
      };
      await assert.rejects(calls, { code: "IGC_PLUGIN_EXITED" });
      await assert.rejects(job.call([letter(0)]), { code: "IGC_PLUGIN_EXITED" });
    });

    it("is terminated when the plugin blocks it", async () => {
      await using job = work(specOf("for (;;);"), { isolation, silence: 3000 });
      await assert.rejects(job.call([letter(0)]), { code: "IGC_PLUGIN_HUNG" });
    });

    it("is terminated with the runtime", async () => {
      const ending = new AbortController();
      await using job = work(specOf("await new Promise(() => {});"), { isolation, signal: ending.signal });
      const call = job.call([letter(0)]);
      ending.abort();
      await assert.rejects(call);
    });
  });
}

describe("a job", () => {
  it("is ended by its memory limit, and the runtime keeps running", async () => {
    // In small steps, as a leak grows: one leap beyond the limit is more than V8 can stop in a thread.
    const leak = `const kept = []; const grow = () => { kept.push(new Array(100_000).fill(kept.length)); setImmediate(grow); };
      grow(); await new Promise(() => {});`;
    await using job = work(specOf(leak), { memoryLimit: 32 * MEBIBYTE });
    await assert.rejects(job.call([letter(0)]), { code: "IGC_PLUGIN_OUT_OF_MEMORY" });
  });

  it("waits for nothing forever", () => {
    const { consumeTimeout, retry } = withTimeLimits(specOf(""));
    assert.ok(consumeTimeout > 0);
    assert.ok(retry.maxElapsed > 0);
    assert.equal(withTimeLimits({ ...specOf(""), consumeTimeout: 90_000 }).consumeTimeout, 90_000);
  });
});
