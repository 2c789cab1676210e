import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { PollPacing } from "./poll-pacing.ts";

/** One partition over time: messages come at `arrivals`, and a poll takes no time. */
function simulate(limits: { readonly shortest: number; readonly longest: number }, arrivals: readonly number[]) {
  const pacing = new PollPacing(limits, 0);
  const latencies: number[] = [];
  const pauses: number[] = [];
  const end = arrivals.at(-1) ?? 0;
  let polls = 0;
  for (let now = 0, next = 0; next < arrivals.length && now <= end + limits.longest; polls++) {
    const first = next;
    while (next < arrivals.length && arrivals[next]! <= now) latencies.push(now - arrivals[next++]!);
    if (next > first) {
      pacing.arrived(now);
      continue;
    }
    const pause = pacing.pause(now);
    pauses.push(pause);
    now += pause;
  }
  return { pacing, latencies: latencies.sort((a, b) => a - b), pauses, polls };
}

/** A random number in 0 … 1 that is the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Times of messages that come at random, so many a second. */
function poisson(rate: number, count: number, seed: number): number[] {
  const next = random(seed);
  let now = 0;
  return Array.from({ length: count }, () => {
    now += (-Math.log(1 - next()) * 1000) / rate;
    return now;
  });
}

const limits = fc
  .record({ shortest: fc.integer({ min: 1, max: 500 }), longest: fc.integer({ min: 1, max: 5000 }) })
  .filter(({ shortest, longest }) => shortest <= longest);

describe("the pause between two polls that bring nothing", () => {
  test("is never shorter nor longer than the limits, whatever comes when", () => {
    const gaps = fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { maxLength: 30 });
    fc.assert(
      fc.property(limits, gaps, ({ shortest, longest }, parts) => {
        let now = 0;
        const { pauses } = simulate(
          { shortest, longest },
          parts.map((gap) => (now += gap)),
        );
        for (const pause of pauses) assert.ok(pause >= shortest && pause <= longest, `${pause} is outside`);
      }),
      { numRuns: 100 },
    );
  });

  test("is the shortest one where the longest is below it", () => {
    const pacing = new PollPacing({ shortest: 50, longest: 10 }, 0);
    assert.deepEqual([pacing.pause(0), pacing.pause(100_000)], [50, 50]);
  });

  test("grows with the silence, so that a message is found within a thirty-second of what it broke", () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 0, max: 600_000 }), ({ shortest, longest }, silence) => {
        const pacing = new PollPacing({ shortest, longest }, 0);
        assert.ok(pacing.pause(silence) <= Math.max(shortest, silence / 32));
      }),
    );
  });

  test("ends at the longest", () => {
    const { pauses } = simulate({ shortest: 5, longest: 100 }, [1000, 60_000]);
    assert.equal(pauses.at(-2), 100);
  });

  test("falls on the same multiples for all partitions that are idle for long", () => {
    const wakes = [3, 47, 88].map((began) => {
      const pacing = new PollPacing({ shortest: 5, longest: 100 }, began);
      return 50_000 + began + pacing.pause(50_000 + began);
    });
    assert.deepEqual(wakes, [50_100, 50_100, 50_100]);
  });
});

describe("what was learned of the arrivals", () => {
  for (const [rate, seed] of [
    [1, 1],
    [7, 2],
    [10, 3],
    [100, 4],
    [10_000, 5],
  ] as const) {
    test(`${rate} messages a second that come at random are found within two shortest pauses, 99 of 100`, () => {
      const { latencies } = simulate({ shortest: 5, longest: 100 }, poisson(rate, 3000, seed));
      assert.equal(latencies.length, 3000);
      assert.ok(latencies[1500]! <= 4, `half of them within ${latencies[1500]} ms`);
      assert.ok(latencies[2970]! <= 10, `99 of 100 within ${latencies[2970]} ms`);
    });
  }

  test("messages that are far apart are not waited for at the shortest pause", () => {
    const minutes = Array.from({ length: 20 }, (_, index) => index * 60_000);
    const { polls } = simulate({ shortest: 5, longest: 100 }, minutes);
    // One per longest pause, and 200 for each time that the silence grows until there.
    assert.ok(polls < 20 * (600 + 200), `${polls} polls`);
  });

  test("bursts count once, so that what lies between them decides", () => {
    // 50 messages within 50 ms, every half second.
    const bursts = Array.from({ length: 2000 }, (_, index) => Math.floor(index / 50) * 500 + (index % 50));
    const { latencies } = simulate({ shortest: 5, longest: 100 }, bursts);
    assert.ok(latencies.at(-21)! <= 5, `99 of 100 within ${latencies.at(-21)} ms`);
  });

  test("is not lost in a night without messages", () => {
    const evening = poisson(7, 500, 6);
    const night = 8 * 3_600_000;
    const morning = poisson(7, 500, 7).map((at) => at + night);
    const { latencies } = simulate({ shortest: 5, longest: 100 }, [...evening, ...morning]);
    assert.ok(latencies[980]! <= 10, `98 of 100 within ${latencies[980]} ms`);
  });

  test("is forgotten where messages become rare", () => {
    const often = poisson(7, 500, 8);
    const end = often.at(-1)!;
    const rarely = Array.from({ length: 60 }, (_, index) => end + (index + 1) * 20_000);
    const { pauses } = simulate({ shortest: 5, longest: 100 }, [...often, ...rarely]);
    const long = pauses.slice(-400).filter((pause) => pause > 90).length;
    assert.ok(long > 150, `${long} of 400 pauses are long`);
  });
});
