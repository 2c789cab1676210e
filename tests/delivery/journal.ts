import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export interface Entry {
  readonly offset: number;
  readonly number: number;
}

/** The journal of one partition, in the order of arrival. */
export function readJournal(folder: string, partition: number): Entry[] {
  const file = join(folder, `${partition}.log`);
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [offset, number] = line.split(" ");
      return { offset: Number(offset), number: Number(number) };
    });
}

export function journalBytes(folder: string, partitions: number): number {
  let bytes = 0;
  for (let partition = 0; partition < partitions; partition++) {
    const file = join(folder, `${partition}.log`);
    if (existsSync(file)) bytes += statSync(file).size;
  }
  return bytes;
}

/**
 * Every offset 0 … count − 1 is there; going through the journal, an entry is either the next one or the begin of a
 * replay: it never jumps over an offset. Returns where the replays began and how many entries were duplicates.
 */
export function assertCompleteAndOrdered(
  entries: readonly Entry[],
  count: number,
): { replays: number[]; duplicates: number } {
  const replays: number[] = [];
  let reached = -1;
  let previous = -1;
  for (const { offset } of entries) {
    if (offset !== previous + 1) {
      assert.ok(
        offset <= reached + 1,
        `jump from ${previous} to ${offset}: messages ${reached + 1} … ${offset - 1} had not arrived`,
      );
      replays.push(offset);
    }
    reached = Math.max(reached, offset);
    previous = offset;
  }
  assert.equal(reached, count - 1, "the last message arrived");
  return { replays, duplicates: entries.length - count };
}
