import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TopicEntry } from "../src/catalog/document.ts";
import { Topic, type TopicEnvironment } from "../src/topics/topic.ts";
import { FaultyDisk, PROCESS_DEATH } from "./crashes/faulty-disk.ts";
import { append, logEnvironment, readMessages } from "./records.ts";

const EXPIRY = 1000;
const MAX_SIZE = 6000;
const SEGMENT = 1500;
const PARTITIONS = 2;

/** Everything ever appended to a partition: index = offset. */
interface Appended {
  readonly payload: string;
  readonly timestamp: number;
}

interface Model {
  readonly partitions: Appended[][];
  /** Oldest offset still there, per partition. It never goes back. */
  readonly first: number[];
  now: number;
}

interface Real {
  disk: FaultyDisk;
  topic: Topic;
}

const ENTRY: TopicEntry = {
  id: 0,
  name: "topic",
  createdAt: 1,
  options: { message_expiry: String(EXPIRY), max_topic_size: String(MAX_SIZE), segment_size: String(SEGMENT) },
  nextGroupId: 0,
  partitions: Array.from({ length: PARTITIONS }, (_, id) => ({ id, createdAt: 1, incarnation: id + 1 })),
  groups: [],
};

function environment(disk: FaultyDisk, model: Model, cache: number): TopicEnvironment {
  const log = { ...logEnvironment(cache, "/data", disk), clock: () => model.now };
  return { rebalancingTimeout: 1000, syncAlways: false, now: () => 0, log };
}

type Command = fc.AsyncCommand<Model, Real>;

class Append implements Command {
  readonly #partition: number;
  readonly #lengths: number[];
  constructor(partition: number, lengths: number[]) {
    this.#partition = partition;
    this.#lengths = lengths;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, real: Real): Promise<void> {
    const known = model.partitions[this.#partition]!;
    const payloads = this.#lengths.map((length, index) => `${known.length + index}`.padEnd(length, "."));
    const base = await append(real.topic.partitions[this.#partition]!.log, payloads);
    assert.equal(base, known.length);
    known.push(...payloads.map((payload) => ({ payload, timestamp: model.now })));
  }
  toString(): string {
    return `append(${this.#partition}, [${this.#lengths}])`;
  }
}

class Wait implements Command {
  readonly #time: number;
  constructor(time: number) {
    this.#time = time;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model): Promise<void> {
    model.now += this.#time;
  }
  toString(): string {
    return `wait(${this.#time})`;
  }
}

class Retain implements Command {
  check(): boolean {
    return true;
  }
  async run(model: Model, { topic }: Real): Promise<void> {
    const sizeBefore = topic.size;
    await topic.enforceRetention();
    const isSizeLimited = sizeBefore > MAX_SIZE;
    for (const [id, { log }] of topic.partitions.entries()) {
      const known = model.partitions[id]!;
      for (const { timestamp } of known.slice(model.first[id], log.firstOffset)) {
        assert.ok(isSizeLimited || timestamp < model.now - EXPIRY, "a young message was deleted without need");
      }
      assert.ok(log.firstOffset >= model.first[id]!);
      model.first[id] = log.firstOffset;
      // What expired as a whole is gone, but for the segment being written.
      const isExpired = known.every(({ timestamp }) => timestamp < model.now - EXPIRY);
      if (isExpired) assert.equal(log.segmentsCount, 1);
    }
    const isSpared = topic.partitions.every(({ log }) => log.segmentsCount === 1);
    assert.ok(topic.size <= MAX_SIZE || isSpared, `${topic.size} bytes are left`);
  }
  toString(): string {
    return "retain";
  }
}

class Restart implements Command {
  readonly #kind: "clean" | "killed" | "without indexes";
  readonly #cache: number;
  constructor(kind: "clean" | "killed" | "without indexes", cache: number) {
    this.#kind = kind;
    this.#cache = cache;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, real: Real): Promise<void> {
    if (this.#kind !== "killed") await real.topic.close();
    real.disk = real.disk.restarted(PROCESS_DEATH);
    if (this.#kind === "without indexes") {
      for (const folder of ["/data/streams/0/0/0-1", "/data/streams/0/0/1-2"]) {
        for (const name of await real.disk.list(folder).catch(() => [])) {
          if (name.endsWith(".index")) await real.disk.unlink(`${folder}/${name}`);
        }
      }
    }
    real.topic = await Topic.open(environment(real.disk, model, this.#cache), 0, ENTRY);
  }
  toString(): string {
    return `restart(${this.#kind}, cache ${this.#cache})`;
  }
}

class Look implements Command {
  readonly #from: number;
  readonly #count: number;
  constructor(from: number, count: number) {
    this.#from = from;
    this.#count = count;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, { topic }: Real): Promise<void> {
    for (const [id, { log }] of topic.partitions.entries()) {
      const known = model.partitions[id]!;
      const first = model.first[id]!;
      assert.deepEqual([log.firstOffset, log.nextOffset], [first, known.length]);
      assert.equal(log.messagesCount, known.length - first);
      const start = Math.max(first, this.#from);
      const expected = known.map(({ payload }, offset): [number, string] => [offset, payload]);
      assert.deepEqual(await readMessages(log, this.#from, this.#count), expected.slice(start, start + this.#count));
      for (const time of new Set(known.map(({ timestamp }) => timestamp))) {
        const oldest = known.findIndex(({ timestamp }) => timestamp >= time);
        assert.equal(await log.offsetForTimestamp(time), Math.max(first, oldest));
        assert.equal(
          await log.offsetForTimestamp(time + 1),
          Math.max(first, known.findLastIndex(({ timestamp }) => timestamp <= time) + 1),
        );
      }
    }
  }
  toString(): string {
    return `look(${this.#from}, ${this.#count})`;
  }
}

test("whatever is appended, expires, is deleted and restarted: what is kept is a true end of the log", async () => {
  const cache = fc.constantFrom(0, 2000, 1_000_000);
  const commands = [
    fc
      .tuple(fc.nat(PARTITIONS - 1), fc.array(fc.integer({ min: 4, max: 400 }), { minLength: 1, maxLength: 4 }))
      .map(([partition, lengths]) => new Append(partition, lengths)),
    fc.integer({ min: 1, max: EXPIRY }).map((time) => new Wait(time)),
    fc.constant(new Retain()),
    fc
      .tuple(fc.constantFrom("clean" as const, "killed" as const, "without indexes" as const), cache)
      .map(([kind, bytes]) => new Restart(kind, bytes)),
    fc.tuple(fc.nat(60), fc.nat(60)).map(([from, count]) => new Look(from, count)),
  ];
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: "max" }), cache, async (sequence, bytes) => {
      await fc.asyncModelRun(() => {
        const model: Model = {
          partitions: Array.from({ length: PARTITIONS }, () => []),
          first: Array.from({ length: PARTITIONS }, () => 0),
          now: 1_000_000,
        };
        const disk = new FaultyDisk();
        return { model, real: { disk, topic: Topic.create(environment(disk, model, bytes), 0, ENTRY) } };
      }, sequence);
    }),
    { numRuns: 400 },
  );
});
