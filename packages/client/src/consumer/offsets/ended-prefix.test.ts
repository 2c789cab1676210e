import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EndedPrefix, type OpenRange } from "./ended-prefix.ts";

test("the prefix is the end of what has ended without a gap, in whatever order ranges end", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sizes, fc.infiniteStream(fc.nat()), (lengths, picks) => {
      const prefix = new EndedPrefix();
      /** The model: whether each message has ended. */
      const ended: boolean[] = [];
      const ranges: OpenRange<undefined>[] = [];
      let reached = -1n;
      for (let step = 0; step < 200; step++) {
        const open = ranges.filter(({ through, last }) => through < last);
        const pick = picks.next().value;
        if (ranges.length < lengths.length && (open.length === 0 || pick % 2 === 0)) {
          const first = ended.length;
          const length = lengths[ranges.length]!;
          for (let at = 0; at < length; at++) ended.push(false);
          ranges.push(prefix.open(BigInt(first), BigInt(first + length - 1), undefined));
        } else if (open.length > 0) {
          const range = open[pick % open.length]!;
          // Whole, or a part of it.
          const left = Number(range.last - range.through);
          const through = pick % 3 === 0 ? range.last : range.through + BigInt(1 + (pick % left));
          for (let at = range.first; at <= through; at++) ended[Number(at)] = true;
          const told = prefix.end(range, through);
          if (told !== undefined) {
            assert.ok(told >= reached, "never moves back");
            reached = told;
          }
          const firstOpen = ended.indexOf(false);
          assert.equal(reached, BigInt(firstOpen === -1 ? ended.length : firstOpen) - 1n);
        }
        assert.equal(prefix.size === 0, !ended.includes(false));
      }
    }),
  );
});

test("ranges that are cut off never end, those before them do", () => {
  const prefix = new EndedPrefix();
  const first = prefix.open(0n, 9n, undefined);
  const second = prefix.open(10n, 19n, undefined);
  const third = prefix.open(20n, 29n, undefined);
  prefix.end(third);
  prefix.cut(second);
  assert.equal(prefix.end(second), undefined);
  assert.equal(prefix.end(first), 9n);
  assert.equal(prefix.size, 0);
});
