import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { FakeIggy } from "../../../../test/task/fake-iggy.ts";
import { sinkDefinition } from "../../../../test/task/plugins.ts";
import { RecordingTarget } from "../../../../test/task/recording-target.ts";
import { RunningTask, taskSpec, until } from "../../../../test/task/task-harness.ts";

/** What happens to the log, the target or the sink; `count` messages are appended afterwards. */
type Event = { readonly kind: "append" | "recreate" | "purge" | "set_back" | "restart"; readonly count: number };

const event = fc.record({
  kind: fc.constantFrom("append", "recreate", "purge", "set_back", "restart"),
  count: fc.integer({ min: 1, max: 30 }),
}) satisfies fc.Arbitrary<Event>;

/** Invariant 8, with a target that keeps its offsets: whatever happens, it gets what is in the log, and nothing twice. */
it("delivers every message of the log once, through any history of topic and target", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ event, running: fc.boolean() }), { maxLength: 6 }), async (script) => {
      const iggy = new FakeIggy();
      iggy.createTopicSync("s", "t");
      iggy.tellHistories("s", "t", "0");
      const target = new RecordingTarget({ time: true });
      const start = () => new RunningTask(taskSpec(sinkDefinition(() => target.sink())), iggy);
      let sent = 0;
      /** The texts that are in the log now. */
      let log: string[] = [];
      const append = (count: number): void => {
        const texts = Array.from({ length: count }, () => String(sent++));
        log.push(...texts);
        iggy.append("s", "t", 0, ...texts);
      };
      const arrived = (): string[] => target.texts.filter((text) => log.includes(text));
      const settled = (): Promise<void> =>
        until(() => arrived().length >= log.length && iggy.stored.get("s/t/0") === BigInt(log.length - 1));
      append(10);
      let task = start();
      await settled();
      for (const [step, { event, running }] of script.entries()) {
        if (!running) await task.stop();
        const { kind, count } = event;
        if (kind === "recreate") iggy.recreateTopic("s", "t", String(step + 1));
        if (kind === "purge") iggy.purge("s", "t");
        if (kind === "recreate" || kind === "purge") log = [];
        // Rows of former logs stay in the target, as they would.
        if (kind === "set_back") target.setBackBy(5);
        append(count);
        if (!running) task = start();
        if (running && kind === "restart") {
          await task.kill();
          task = start();
        }
        await settled();
        assert.deepEqual(arrived(), log, `in order and once, after ${JSON.stringify(script.slice(0, step + 1))}`);
      }
      const { counters } = await task.stop();
      assert.equal(counters.deadLettered, 0);
    }),
    { numRuns: 30 },
  );
});
