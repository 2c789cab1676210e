import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { OutgoingMessage } from "@iggy-connectors/protocol";
import { type PackedMessages, RetryableError, type Source } from "@iggy-connectors/sdk";
import fc from "fast-check";
import { FakeIggy, FakeIggyError, type SentRequest } from "../../../test/task/fake-iggy.ts";
import { sourceDefinition } from "../../../test/task/plugins.ts";
import { RunningTask, taskSpec } from "../../../test/task/task-harness.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import type { IggyConnection, IggyConnector, SendRequest } from "../iggy/iggy-connection.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "iggy-spent-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/**
 * Produces the numbers from its checkpoint up to `end`, with spaces up to a fixed width, in memory that it destroys the moment it gets it
 * back. Some polls fail after that.
 */
class ReusingSource implements Source<number> {
  reused = 0;
  readonly #end: number;
  readonly #sizes: readonly number[];
  readonly #failing: ReadonlySet<number>;
  /** Memory that was given away and is not back yet. */
  readonly #out = new Set<Uint8Array>();
  #polls = 0;

  constructor(end: number, sizes: readonly number[], failing: ReadonlySet<number>) {
    this.#end = end;
    this.#sizes = sizes;
    this.#failing = failing;
  }

  async poll({
    checkpoint = 0,
    spent,
  }: {
    readonly checkpoint?: number | undefined;
    readonly spent?: PackedMessages | undefined;
  }) {
    const poll = this.#polls++;
    if (spent !== undefined) {
      assert.ok(this.#out.delete(spent.bytes), "memory came back that was not given away, or twice");
      spent.bytes.fill(0x21);
      spent.starts.fill(0);
      spent.ends.fill(1);
      this.reused += 1;
    }
    if (this.#failing.has(poll)) throw new RetryableError("not now");
    await nextTurn();
    const count = Math.min(this.#end - checkpoint, this.#sizes[poll % this.#sizes.length]!);
    const bytes =
      spent !== undefined && spent.bytes.length >= count * WIDTH ? spent.bytes : Buffer.alloc(count * WIDTH);
    const starts = new Uint32Array(count);
    const ends = new Uint32Array(count);
    for (let index = 0; index < count; index++) {
      starts[index] = index * WIDTH;
      ends[index] = starts[index]! + WIDTH;
      Buffer.from(textOf(checkpoint + index)).copy(bytes, starts[index]!);
    }
    this.#out.add(bytes);
    const messages = { length: count, bytes, starts, ends };
    return { messages, checkpoint: checkpoint + count, completed: checkpoint + count === this.#end };
  }
}

const WIDTH = 12;
const textOf = (number: number): string => `{"n":${number}}`.padEnd(WIDTH);

/** What becomes of a send: it is read where it ends, as late as the client may read it, some turns after it began. */
type Fate = "stored" | "lost" | "stored, answer lost" | "refused";

/** A connection that reads messages late, and again where it repeats a send by itself. */
function lateConnector(iggy: FakeIggy, fates: readonly Fate[], read: (messages: readonly OutgoingMessage[]) => void) {
  let sends = 0;
  return {
    async connect(_access, listener) {
      const connection = await iggy.connect(_access, listener);
      return {
        ...connection,
        async sendMessages(request: SendRequest) {
          const fate = fates[sends++ % fates.length]!;
          for (let turn = 0; turn < 3; turn++) {
            await nextTurn();
            read([...request.messages]);
          }
          if (fate === "lost") throw new FakeIggyError(8, "Disconnected");
          if (fate === "refused" && request.stream === "s")
            throw new FakeIggyError(4022, "TooBigMessagePayload", false);
          const answer = await connection.sendMessages(request);
          if (fate === "stored, answer lost") throw new FakeIggyError(8, "Disconnected");
          return answer;
        },
      } satisfies IggyConnection;
    },
  } satisfies IggyConnector;
}

const scenario = fc.record({
  end: fc.integer({ min: 1, max: 60 }),
  sizes: fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 4 }),
  // One in each list succeeds, so that the source comes to its end.
  fates: fc
    .array(fc.constantFrom<Fate>("stored", "lost", "stored, answer lost", "refused"), { maxLength: 6 })
    .map((fates): readonly Fate[] => [...fates, "stored"]),
  failing: fc.uniqueArray(fc.nat(20), { maxLength: 4 }),
  maxInFlight: fc.integer({ min: 1, max: 3 }),
  batchLength: fc.integer({ min: 1, max: 10 }),
  schema: fc.constantFrom("json" as const, "raw" as const),
  partitionBy: fc.constantFrom("balanced" as const, "key" as const),
  marked: fc.boolean(),
});

it("memory goes back to a source only when nothing reads it any more, whatever becomes of its batch", async () => {
  let reused = 0;
  let run = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ end, sizes, fates, failing, maxInFlight, marked, ...stream }) => {
      const iggy = new FakeIggy();
      const source = new ReusingSource(end, sizes, new Set(failing));
      const texts = new Set(Array.from({ length: end }, (_, number) => textOf(number)));
      const plain = (text: string): string => text.replace(',"m":1', "");
      const torn: string[] = [];
      const check = (messages: SentRequest["messages"]): void => {
        for (const { payload } of messages) {
          const text = Buffer.from(payload).toString();
          if (!texts.has(plain(text).trimEnd().padEnd(WIDTH))) torn.push(text);
        }
      };
      const changes: Partial<TaskSpec> = {
        checkpoint: { path: join(folder, `source_${run++}.state`), interval: 0 },
        maxInFlight,
        ...(marked ? { transforms: [{ type: "add_fields", fields: [{ key: "m", value: { static: 1 } }] }] } : {}),
      };
      const definition = sourceDefinition(() => source as Source);
      const base = taskSpec(definition);
      const spec = {
        ...base,
        ...changes,
        sourceStreams: base.sourceStreams.map((entry) => ({ ...entry, ...stream })),
      } as TaskSpec;
      const task = new RunningTask(spec, lateConnector(iggy, fates, check));
      await task.done;
      assert.equal(task.status.state, "completed");
      assert.deepEqual(torn, [], "a send read memory that was written again");
      const stored = (place: string): string[] =>
        iggy.topics.has(place)
          ? iggy.log(...(place.split("/") as [string, string])).map(({ payload }) => Buffer.from(payload).toString())
          : [];
      const arrived = [...stored("s/t"), ...stored("dead/letters")].map((text) => plain(text).trimEnd());
      assert.deepEqual(new Set(arrived), new Set([...texts].map((text) => text.trimEnd())), "nothing is lost or torn");
      const { counters } = task.status;
      assert.equal(counters.delivered + counters.deadLettered, end);
      reused += source.reused;
    }),
    { numRuns: 60 },
  );
  assert.ok(reused > 60, "memory was hardly ever given back, so that nothing was tested");
});
