import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { COMPUTED_NAMES, computedValue } from "./computed-value.ts";
import { DATE_TIME_MAX_LENGTH, writeDateTime } from "./date-time.ts";
import { isJsonValue, staticValue } from "./static-value.ts";
import { UUID_LENGTH, UuidGenerator } from "./uuid.ts";
import { WallClock, wallClock } from "./wall-clock.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function printed(maxLength: number, write: (target: Uint8Array, at: number) => number): string {
  const target = Buffer.alloc(maxLength + 2, 0x2e);
  const end = write(target, 1);
  assert.equal(target[0], 0x2e);
  assert.equal(target[end], 0x2e);
  return target.toString("latin1", 1, end);
}

describe("UuidGenerator", () => {
  it("writes version 4 from random bytes, and refills the pool in time", () => {
    let fills = 0;
    const generator = new UuidGenerator((pool) => {
      fills++;
      pool.forEach((_, index) => {
        pool[index] = (index * 37 + fills) % 256;
      });
    });
    const first = printed(UUID_LENGTH, (target, at) => generator.writeV4(target, at));
    assert.equal(first, "01264b70-95ba-4f04-a94e-7398bde2072c");
    for (let count = 0; count < 1100; count++) printed(UUID_LENGTH, (target, at) => generator.writeV4(target, at));
    assert.equal(fills, 2);
  });

  it("never repeats one", () => {
    const generator = new UuidGenerator();
    const seen = new Set<string>();
    for (let count = 0; count < 5000; count++) {
      const uuid = printed(UUID_LENGTH, (target, at) => generator.writeV4(target, at));
      assert.equal(UUID.exec(uuid)?.[1], "4");
      seen.add(uuid);
    }
    assert.equal(seen.size, 5000);
  });

  it("writes ascending version 7 UUIDs with their time, even if the clock stands still or goes back", () => {
    const generator = new UuidGenerator();
    const start = 1_772_366_400_123;
    const times = [...Array.from({ length: 9000 }, () => start), start - 5000, start + 50_000];
    const uuids = times.map((millis) => printed(UUID_LENGTH, (target, at) => generator.writeV7(target, at, millis)));
    for (const uuid of uuids) assert.equal(UUID.exec(uuid)?.[1], "7");
    assert.deepEqual(uuids, [...new Set(uuids)].sort());
    const timeOf = (uuid: string | undefined) => Number.parseInt(uuid?.replaceAll("-", "").slice(0, 12) ?? "", 16);
    assert.equal(timeOf(uuids[0]), start);
    assert.equal(timeOf(uuids.at(-1)), start + 50_000);
  });
});

describe("WallClock", () => {
  it("refines milliseconds by the monotonic clock", () => {
    let system = 1_700_000_000_000;
    let monotonic = 500;
    const clock = new WallClock(
      () => system,
      () => monotonic,
    );
    clock.read();
    assert.deepEqual([clock.millis, clock.nanos], [1_700_000_000_000, 0]);
    monotonic += 1.25;
    system += 1;
    clock.read();
    assert.deepEqual([clock.millis, clock.nanos], [1_700_000_000_001, 250_000]);
  });

  it("follows the system's clock when it is set", () => {
    let system = 1_700_000_000_000;
    let monotonic = 0;
    const clock = new WallClock(
      () => system,
      () => monotonic,
    );
    clock.read();
    for (const jump of [3_600_000, -7_200_000]) {
      system += jump;
      monotonic += 0.5;
      clock.read();
      assert.deepEqual([clock.millis, clock.nanos], [system, 0]);
    }
  });
});

describe("writeDateTime", () => {
  const print = (millis: number, nanos: number) =>
    printed(DATE_TIME_MAX_LENGTH, (target, at) => writeDateTime(target, at, millis, nanos));

  it("writes as many groups of fraction digits as the time needs", () => {
    const noon = Date.UTC(2026, 2, 1, 12);
    assert.equal(print(noon, 0), "2026-03-01T12:00:00+00:00");
    assert.equal(print(noon + 250, 0), "2026-03-01T12:00:00.250+00:00");
    assert.equal(print(noon + 250, 1000), "2026-03-01T12:00:00.250001+00:00");
    assert.equal(print(noon + 250, 1337), "2026-03-01T12:00:00.250001337+00:00");
    assert.equal(print(noon, 5), "2026-03-01T12:00:00.000000005+00:00");
  });

  it("writes the platform's date and time, for any time from 1970 to 9999", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) }), (millis) => {
        const expected = new Date(millis).toISOString().replace("Z", "+00:00").replace(".000+", "+");
        assert.equal(print(millis, 0), expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("computed values", () => {
  for (const name of COMPUTED_NAMES) {
    it(`${name}: the bytes are the JSON of the same kind of value, within their bound`, () => {
      const value = computedValue(name);
      for (let count = 0; count < 50; count++) {
        const written = printed(value.maxBytes, (target, at) => value.write(target, at));
        const next = value.next();
        if (typeof next === "string") assert.equal(typeof JSON.parse(written), "string");
        else assert.match(written, /^\d{10,19}$/);
        if (name.startsWith("uuid")) assert.match(JSON.parse(written) as string, UUID);
        else if (name !== "date_time") assert.equal(written.length, String(next).length);
      }
    });
  }

  it("agree on the time", () => {
    const before = Date.now();
    wallClock.read();
    const read = {
      nanos: Number((computedValue("timestamp_nanos").next() as bigint) / 1_000_000n),
      micros: Math.floor((computedValue("timestamp_micros").next() as number) / 1000),
      millis: computedValue("timestamp_millis").next() as number,
      dateTime: Date.parse(computedValue("date_time").next() as string),
    };
    const after = Date.now();
    // The refined clock may lead or trail the system's by its tolerance.
    for (const [name, millis] of Object.entries(read)) {
      assert.ok(millis >= before - 2 && millis <= after + 2, `${name}: ${before} ≤ ${millis} ≤ ${after}`);
    }
    assert.equal((computedValue("timestamp_seconds").next() as number).toString().length, 10);
  });
});

describe("static values", () => {
  it("are copied for each message", () => {
    const value = staticValue({ list: [1n, 2 ** 53] });
    assert.deepEqual(value.next(), { list: [1, 9007199254740992n] });
    assert.notEqual(value.next(), value.next());
  });

  it("are what JSON can hold", () => {
    const cycleFree: readonly unknown[] = [
      null,
      true,
      "x",
      1.5,
      -(2n ** 63n),
      2n ** 64n,
      [{ a: [] }],
      Object.create(null),
    ];
    for (const value of cycleFree) assert.equal(isJsonValue(value), true);
    for (const value of [undefined, Number.NaN, "\ud800", new Date(0), new Map(), [() => 1], { a: undefined }]) {
      assert.equal(isJsonValue(value), false);
    }
  });
});
