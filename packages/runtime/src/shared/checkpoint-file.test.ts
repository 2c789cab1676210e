import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { RetryableError } from "@iggy-connectors/sdk";
import { useUpDescriptors } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { CheckpointFile } from "./checkpoint-file.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "iggy-checkpoint-"));
  path = join(folder, "source_orders.state");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("a checkpoint file", () => {
  it("is a fresh start when it is missing, and leaves no file behind", async () => {
    const file = new CheckpointFile(path, "orders");
    assert.deepEqual(await file.load(undefined), { checkpoint: undefined });
    assert.deepEqual(await readdir(folder), []);
  });

  it("is an error when it is empty or damaged, never a fresh start", async () => {
    const file = new CheckpointFile(path, "orders");
    for (const content of ["", "{", "{}", '{"version":1', "\0\0\0\0"]) {
      await writeFile(path, content);
      await assert.rejects(file.load(undefined), { code: "IGC_STATE_INVALID" }, JSON.stringify(content));
      assert.equal(await readFile(path, "utf8"), content, "it is left as it is");
    }
  });

  it("blames neither itself nor its folder while no descriptor is left, and keeps what it holds", async (t) => {
    const kept = new CheckpointFile(path, "orders");
    await kept.save({ offset: 1 });
    {
      using usedUp = useUpDescriptors();
      if (usedUp === undefined) return t.skip("this system cannot limit the descriptors of a running process");
      const fresh = new CheckpointFile(join(folder, "source_new.state"), "new");
      for (const attempt of [
        () => kept.load(undefined),
        () => kept.save({ offset: 2 }),
        () => fresh.load(undefined),
        () => fresh.save({}),
      ]) {
        await assert.rejects(attempt, (error) => {
          assert.ok(error instanceof RetryableError);
          assert.equal(error.code, "IGC_STATE_DESCRIPTORS");
          assert.match(error.fix ?? "", /limit of open files/);
          return true;
        });
      }
    }
    assert.deepEqual(await kept.load(undefined), { checkpoint: { offset: 1 } });
  });

  it("returns what was saved, from a private file in a readable format", async () => {
    const file = new CheckpointFile(path, "orders");
    await file.save({ offset: 42, path: "a" }, new Date("2026-01-02T03:04:05.678Z"));
    assert.deepEqual(JSON.parse(await readFile(path, "utf8")), {
      version: 1,
      connector: "orders",
      updated_at: "2026-01-02T03:04:05.678Z",
      checkpoint: { offset: 42, path: "a" },
    });
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await file.load(undefined), { checkpoint: { offset: 42, path: "a" } });
    await file.save({ offset: 43 });
    assert.deepEqual(await file.load(undefined), { checkpoint: { offset: 43 } });
    assert.deepEqual(await readdir(folder), ["source_orders.state"]);
  });

  it("ignores and overwrites a temporary file that a crash left", async () => {
    await writeFile(`${path}.tmp`, "{torn");
    const file = new CheckpointFile(path, "orders");
    assert.deepEqual(await file.load(undefined), { checkpoint: undefined });
    await file.save({ offset: 1 });
    assert.deepEqual(await file.load(undefined), { checkpoint: { offset: 1 } });
    assert.deepEqual(await readdir(folder), ["source_orders.state"]);
  });

  it("round-trips any JSON", async () => {
    const file = new CheckpointFile(path, "orders");
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        await file.save(value);
        const { checkpoint } = await file.load(undefined);
        assert.equal(JSON.stringify(checkpoint), JSON.stringify(value));
      }),
      { numRuns: 20 },
    );
  });

  it("never reads a torn or foreign file as a fresh start", async () => {
    const file = new CheckpointFile(path, "orders");
    await file.save({ offset: 1 });
    const whole = await readFile(path);
    for (let length = 1; length < whole.length - 1; length++) {
      await writeFile(path, whole.subarray(0, length));
      await assert.rejects(file.load(undefined), { code: "IGC_STATE_INVALID", place: path });
    }
    for (const content of ['{"version":2}', '{"version":1,"connector":"other","checkpoint":1}', "\x91\x05", " {}"]) {
      await writeFile(path, content);
      await assert.rejects(file.load(undefined), { code: "IGC_STATE_INVALID" });
    }
    await writeFile(path, Buffer.from([0x91, 0x05]));
    await assert.rejects(
      file.load(() => undefined),
      { code: "IGC_STATE_INVALID" },
    );
    await assert.rejects(
      file.load(() => {
        throw new Error("not an array of one");
      }),
      /not an array of one/,
    );
  });

  it("imports the original's state once, and keeps a copy", async () => {
    const original = Buffer.from([0x91, 0x32]);
    await writeFile(path, original);
    const file = new CheckpointFile(path, "random");
    const loaded = await file.load((bytes) => ({ messages_produced: bytes[1] }));
    assert.deepEqual(loaded, { checkpoint: { messages_produced: 50 }, importedFrom: `${path}.original` });
    assert.deepEqual(await readFile(`${path}.original`), original);
    assert.deepEqual(await file.load(undefined), { checkpoint: { messages_produced: 50 } });
  });

  it("reports what is wrong with the folder", async () => {
    const missing = new CheckpointFile(join(folder, "nowhere", "x.state"), "orders");
    await assert.rejects(missing.load(undefined), { code: "IGC_STATE_DIRECTORY", message: /does not exist/ });
    await assert.rejects(missing.save(1), { code: "IGC_STATE_WRITE" });
    await assert.rejects(new CheckpointFile(folder, "orders").load(undefined), { code: "IGC_STATE_UNREADABLE" });
  });

  it("keeps the old checkpoint when the new one cannot be written", async () => {
    const file = new CheckpointFile(path, "orders");
    await file.save({ offset: 1 });
    await assert.rejects(file.save({ offset: 2n }), { code: "IGC_STATE_CHECKPOINT" });
    assert.deepEqual(await file.load(undefined), { checkpoint: { offset: 1 } });
  });
});
