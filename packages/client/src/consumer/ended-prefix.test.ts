import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EndedPrefix, type HandedOut } from "./ended-prefix.ts";

test("only the end of a prefix without gaps is given, whatever order batches end in", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
      fc.infiniteStream(fc.nat()),
      (sizes, picks) => {
        const prefix = new EndedPrefix();
        /** The model: every batch with its last offset and whether it ended. */
        const batches: { last: bigint; ended: boolean; handed: HandedOut }[] = [];
        let offset = -1n;
        let stored: bigint | undefined;
        const steps = sizes.length * 2;
        for (let step = 0; step < steps; step++) {
          const open = batches.filter(({ ended }) => !ended);
          const pick = picks.next().value;
          if (batches.length < sizes.length && (open.length === 0 || pick % 2 === 0)) {
            offset += BigInt(sizes[batches.length]!);
            batches.push({ last: offset, ended: false, handed: prefix.handOut(offset) });
          } else if (open.length > 0) {
            const batch = open[pick % open.length]!;
            batch.ended = true;
            const through = prefix.end(batch.handed);
            const gap = batches.findIndex(({ ended }) => !ended);
            const expected = (gap === -1 ? batches : batches.slice(0, gap)).at(-1)?.last;
            assert.equal(through, expected === stored ? undefined : expected);
            assert.equal(prefix.end(batch.handed), undefined, "a batch ends once");
            stored = expected;
          }
          assert.equal(prefix.size === 0, stored === batches.at(-1)?.last);
        }
      },
    ),
  );
});

test("what is cut off never ends, what is before it does", () => {
  const prefix = new EndedPrefix();
  const [first, second, third] = [9n, 19n, 29n].map((last) => prefix.handOut(last));
  prefix.end(third!);
  prefix.cut(second!);
  assert.equal(prefix.end(second!), undefined);
  assert.equal(prefix.end(first!), 9n);
  assert.equal(prefix.size, 0);
});
