import assert from "node:assert/strict";
import { appendFile, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { logEnvironment } from "../../../test/records.ts";
import { temporaryFolder } from "../../../test/with-server.ts";
import type { OffsetOwner } from "./offsets-entries.ts";
import { type LiveOffsets, OffsetsJournal } from "./offsets-journal.ts";

const ALL: LiveOffsets = { endOf: () => Number.MAX_SAFE_INTEGER, hasGroup: () => true };
const CONSUMER: OffsetOwner = { kind: "consumer", id: 4_294_967_295 };
const GROUP: OffsetOwner = { kind: "group", id: 4_294_967_295 };

test("what was stored is there after opening again, whatever was stored and deleted", async (t) => {
  const folder = await temporaryFolder(t);
  let run = 0;
  const owner = fc.record({ kind: fc.constantFrom("consumer", "group"), id: fc.nat(3) });
  const step = fc.record({ incarnation: fc.nat(2), owner, offset: fc.option(fc.nat(2 ** 40), { nil: undefined }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, persisted) => {
      const path = join(folder, String(run++), "offsets.journal");
      const model = new Map<string, number>();
      const journal = OffsetsJournal.create(logEnvironment(0), { path: path, persisted: persisted });
      for (const { incarnation, owner: who, offset } of steps) {
        const key = `${incarnation} ${who.kind} ${who.id}`;
        if (offset === undefined) {
          assert.equal(await journal.delete(incarnation, who as OffsetOwner), model.delete(key));
        } else {
          await journal.store(incarnation, who as OffsetOwner, offset);
          model.set(key, offset);
        }
      }
      await journal.close();
      const opened = await OffsetsJournal.open(logEnvironment(0), { path: path, persisted: persisted }, ALL);
      for (const { incarnation, owner: who } of steps) {
        const stored = opened.get(incarnation, who as OffsetOwner);
        assert.equal(stored, model.get(`${incarnation} ${who.kind} ${who.id}`));
      }
      await opened.close();
    }),
    { numRuns: 40 },
  );
});

test("a torn or damaged tail is dropped, and stores go on", async (t) => {
  const path = join(await temporaryFolder(t), "offsets.journal");
  const journal = OffsetsJournal.create(logEnvironment(0), { path: path, persisted: false });
  await journal.store(1, CONSUMER, 10);
  await journal.store(1, GROUP, 20);
  await journal.close();
  const bytes = await readFile(path);
  for (let length = 32; length < 64; length++) {
    await writeFile(path, bytes);
    await truncate(path, length);
    const opened = await OffsetsJournal.open(logEnvironment(0), { path: path, persisted: false }, ALL);
    assert.deepEqual([opened.get(1, CONSUMER), opened.get(1, GROUP)], [10, undefined], `cut at ${length}`);
    await opened.store(1, GROUP, 30);
    await opened.close();
    const again = await OffsetsJournal.open(logEnvironment(0), { path: path, persisted: false }, ALL);
    assert.deepEqual([again.get(1, CONSUMER), again.get(1, GROUP)], [10, 30]);
    await again.close();
  }
  await writeFile(path, bytes);
  await appendFile(path, Buffer.alloc(64, 0xff));
  const noisy = await OffsetsJournal.open(logEnvironment(0), { path: path, persisted: false }, ALL);
  assert.deepEqual([noisy.get(1, CONSUMER), noisy.get(1, GROUP)], [10, 20]);
  await noisy.close();
});

test("opening forgets partitions and groups that are gone, and shortens the file", async (t) => {
  const path = join(await temporaryFolder(t), "offsets.journal");
  const journal = OffsetsJournal.create(logEnvironment(0), { path: path, persisted: false });
  for (let offset = 0; offset < 100; offset++) await journal.store(1, CONSUMER, offset);
  await journal.store(2, CONSUMER, 5);
  await journal.store(1, GROUP, 6);
  await journal.close();
  const live: LiveOffsets = { endOf: (incarnation) => (incarnation === 1 ? 1000 : undefined), hasGroup: () => false };
  const opened = await OffsetsJournal.open(logEnvironment(0), { path: path, persisted: false }, live);
  assert.deepEqual(
    [opened.get(1, CONSUMER), opened.get(2, CONSUMER), opened.get(1, GROUP)],
    [99, undefined, undefined],
  );
  await opened.close();
  assert.equal((await stat(path)).size, 32);
});

test("many stores do not let the file grow without end, and none is lost", async (t) => {
  const path = join(await temporaryFolder(t), "offsets.journal");
  const journal = OffsetsJournal.create(logEnvironment(0), { path: path, persisted: false });
  const last = 80_000;
  let stores: Promise<void>[] = [];
  for (let offset = 0; offset <= last; offset++) {
    stores.push(journal.store(offset % 3, CONSUMER, offset));
    if (stores.length === 500) {
      await Promise.all(stores);
      stores = [];
    }
  }
  await Promise.all(stores);
  await journal.close();
  assert.ok((await stat(path)).size < last * 32);
  const opened = await OffsetsJournal.open(logEnvironment(0), { path: path, persisted: false }, ALL);
  const stored = [0, 1, 2].map((incarnation) => opened.get(incarnation, CONSUMER));
  assert.deepEqual(stored.toSorted(), [last - 2, last - 1, last]);
  await opened.close();
});
