import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { makeFrames, PARTITION } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { compileTransforms } from "../chain/compile.ts";
import { createBatchPlan } from "../plan/batch-plan.ts";
import { timeFormat } from "./time-format.ts";

/** What `timestamp_convert` makes of the JSON text of a value. */
async function converted(from: string, to: string, text: string, timezone = "UTC", field = "t"): Promise<string> {
  const transforms = await compileTransforms([{ type: "timestamp_convert", field, from, to, timezone }]);
  const frames = makeFrames([{ payload: `{"t":${text}}` }]);
  const { batch, failed } = createBatchPlan({ schema: "json", transforms }).run(frames, PARTITION);
  if (failed.length > 0) return failed[0]!.error.code;
  return Buffer.from([...batch][0]!.payload)
    .toString()
    .slice(5, -1);
}

const MICROS = "yyyy-LL-dd HH:mm:ss.SSSSSS";
const NANOS = "yyyy-LL-dd'T'HH:mm:ss.SSSSSSSSSZZ";
const NOT = "IGC_TRANSFORM_TIMESTAMP";

const CASES: readonly (readonly [from: string, to: string, text: string, expected: string, timezone?: string])[] = [
  // Units, as numbers, long integers and decimal strings.
  ["epoch_seconds", "epoch_nanos", "1700000000", "1700000000000000000"],
  ["epoch_seconds", "epoch_nanos", "1700000000.123456789", "1700000000123456789"],
  ["epoch_seconds", "epoch_nanos", '"1700000000.123456789"', "1700000000123456789"],
  ["epoch_seconds", "epoch_nanos", "0.1", "100000000"],
  ["epoch_seconds", "epoch_nanos", "-1700000000.000000001", "-1700000000000000001"],
  ["epoch_seconds", "epoch_nanos", "1.7e9", "1700000000000000000"],
  ["epoch_seconds", "epoch_nanos", "1e-9", "1"],
  ["epoch_seconds", "epoch_nanos", "0.0000000019", "1"],
  ["epoch_millis", "epoch_nanos", "1700000000123.456789", "1700000000123456789"],
  ["epoch_micros", "epoch_nanos", "1700000000123456.789", "1700000000123456789"],
  ["epoch_nanos", "rfc3339", "1700000000123456789", '"2023-11-14T22:13:20.123456789Z"'],
  ["epoch_nanos", "rfc3339", '"1700000000123456789"', '"2023-11-14T22:13:20.123456789Z"'],
  ["epoch_nanos", "epoch_micros", "-1", "-1"],
  ["epoch_nanos", "epoch_seconds", "-1", "-1"],
  ["epoch_nanos", "rfc3339", "-1", '"1969-12-31T23:59:59.999999999Z"'],
  ["epoch_nanos", "rfc3339", "-1000000000", '"1969-12-31T23:59:59Z"'],
  // RFC 3339.
  ["rfc3339", "epoch_nanos", '"2023-11-14T23:13:20.123456789+01:00"', "1700000000123456789"],
  ["rfc3339", "epoch_nanos", '"2024-02-29T23:59:59.999999999-00:30"', "1709252999999999999"],
  ["rfc3339", "rfc3339", '"2024-05-01 14:00:00.5+02:00"', '"2024-05-01T12:00:00.500Z"'],
  ["rfc3339", "rfc3339", '"0000-01-01T00:00:00Z"', '"0000-01-01T00:00:00Z"'],
  ["rfc3339", "epoch_seconds", '"9999-12-31T23:59:59.999999999Z"', "253402300799"],
  ["rfc3339", "epoch_seconds", '"9999-12-31T23:59:59-00:01"', NOT],
  ["rfc3339", "epoch_seconds", '"0000-01-01T00:00:00+00:01"', NOT],
  ["rfc3339", "epoch_seconds", '"2023-02-29T00:00:00Z"', NOT],
  ["rfc3339", "epoch_seconds", '"2023-04-31T00:00:00Z"', NOT],
  ["rfc3339", "epoch_seconds", '"2023-01-01T24:00:00Z"', NOT],
  ["rfc3339", "epoch_seconds", '"now"', NOT],
  ["rfc3339", "epoch_seconds", '"2023-01-01T00:00:00"', NOT],
  // Beyond four digits of a year.
  ["epoch_seconds", "rfc3339", "253402300800", NOT],
  ["epoch_seconds", "epoch_millis", "253402300800", NOT],
  ["epoch_seconds", "rfc3339", "-62167219200", '"0000-01-01T00:00:00Z"'],
  ["epoch_seconds", "rfc3339", "-62167219201", NOT],
  ["epoch_millis", "epoch_seconds", "1e400", NOT],
  ["epoch_nanos", "rfc3339", "123456789012345678901234567890", NOT],
  ["epoch_seconds", "yyyy", "253402300799", NOT, "+14:00"],
  ["epoch_seconds", "yyyy", "-62167219200", NOT, "-01:00"],
  [MICROS, "epoch_seconds", '"9999-12-31 23:59:59.000000"', NOT, "-01:00"],
  // Patterns, read and written.
  [MICROS, "epoch_micros", '"2024-05-01 12:00:00.123456"', "1714564800123456"],
  ["epoch_micros", MICROS, "1714564800123456", '"2024-05-01 12:00:00.123456"'],
  [MICROS, "epoch_micros", '"2024-05-01 12:00:00.12345"', NOT],
  [MICROS, "epoch_micros", '"2024-05-01 12:00:00.1234567"', NOT],
  [MICROS, "epoch_micros", '"1969-12-31 23:59:59.999999"', "-1"],
  ["epoch_nanos", MICROS, "-1", '"1969-12-31 23:59:59.999999"'],
  [NANOS, "epoch_nanos", '"2024-05-01T14:00:00.123456789+02:00"', "1714564800123456789"],
  ["epoch_nanos", NANOS, "1714564800123456789", '"2024-05-01T08:00:00.123456789-04:00"', "America/New_York"],
  ["yyyyLLddHHmmssSSSSSSSSS", "epoch_nanos", '"20240501120000123456789"', "1714564800123456789"],
  ["epoch_nanos", "yyyyLLddHHmmssSSS", "1714564800123456789", '"20240501120000123"'],
  ["SSSSSS ss:mm:HH dd/LL/yyyy", "epoch_micros", '"123456 00:00:12 01/05/2024"', "1714564800123456"],
  ["yyyy-LL-dd HH:mm:ss.u", "epoch_nanos", '"2024-05-01 12:00:00.1234567"', "1714564800123456700"],
  ["epoch_nanos", "yyyy-LL-dd HH:mm:ss.u", "1714564800000000000", '"2024-05-01 12:00:00.000"'],
  ["epoch_nanos", "yyyy-LL-dd HH:mm:ss.u", "1714564800123456000", '"2024-05-01 12:00:00.123456"'],
  ["epoch_nanos", "ss n", "1714564800000000042", '"00 42"'],
  ["yyyy-LL-dd HH:mm:ss n", "epoch_nanos", '"2024-05-01 12:00:00 42"', "1714564800000000042"],
  ["yyyy-LL-dd 'SSS' uu", "epoch_millis", '"2024-05-01 SSS 12"', "1714521600120"],
  ["epoch_millis", "'u S' S", "123", '"u S 1"'],
  ["yyyyLLdd", "epoch_seconds", "20240501", "1714521600"],
  ["date", "epoch_seconds", '"2024-02-29"', "1709164800"],
  ["date", "epoch_seconds", '"2023-02-29"', NOT],
  ["date", "epoch_seconds", '"2024-02-29"', "1709182800", "America/New_York"],
  ["epoch_seconds", "date", "1709164799", '"2024-02-28"'],
  ["epoch_seconds", "date", "1709164799", '"2024-02-29"', "Asia/Kolkata"],
  // Clocks put forward and back, at whatever time of the year this runs.
  ["yyyy-LL-dd HH:mm", "epoch_seconds", '"2024-03-10 02:30"', NOT, "America/New_York"],
  ["yyyy-LL-dd HH:mm", "epoch_seconds", '"2024-11-03 01:30"', "1730611800", "America/New_York"],
  ["yyyy-LL-dd HH:mm", "epoch_seconds", '"2024-04-07 02:30"', "1712417400", "Australia/Sydney"],
];

for (const zone of ["UTC", "America/New_York", "Asia/Kolkata"]) {
  describe(`times on a machine in ${zone}`, () => {
    const former = process.env.TZ;
    before(() => {
      process.env.TZ = zone;
    });
    after(() => {
      if (former === undefined) delete process.env.TZ;
      else process.env.TZ = former;
    });

    for (const [from, to, text, expected, timezone] of CASES) {
      it(`are converted from ${from} to ${to}${timezone === undefined ? "" : ` in ${timezone}`}: ${text}`, async () => {
        assert.equal(await converted(from, to, text, timezone), expected);
        if (expected === NOT) return;
        assert.equal(await converted(from, to, `[${text}]`, timezone, "t[*]"), `[${expected}]`, "in an array");
      });
    }
  });
}

describe("formats", () => {
  it("give back each time that they can write, to the nanosecond", async () => {
    const names = ["epoch_nanos", "rfc3339", NANOS, "yyyy o HH.mm.ss,n z", "u|yyyy-LL-dd HH:mm:ss|ZZ"];
    const time = fc.bigInt({ min: -62_167_000_000_000_000_000n, max: 253_402_000_000_000_000_000n });
    for (const name of names) {
      const [read, write] = await Promise.all([
        timeFormat(name, "America/New_York", "read"),
        timeFormat(name, "America/New_York", "write"),
      ]);
      fc.assert(
        fc.property(time, (nanos) => {
          const text = String(write.write(nanos));
          // Clocks of the 19th century were off by seconds, which offsets do not show.
          if (name !== "epoch_nanos" && name !== "rfc3339" && nanos < -1_800_000_000_000_000_000n) return;
          // An hour that the clocks showed twice.
          if (name.endsWith("z") && read.read(text) !== nanos)
            assert.equal(nanos - read.read(text)!, 3_600_000_000_000n);
          else assert.equal(read.read(text), nanos, text);
        }),
        { numRuns: 300 },
      );
    }
  });

  it("are refused at the start where they cannot be read or written", async () => {
    for (const [from, to, reason] of [
      ["yyyy SSSSSSSSSS", "date", /more than 9 digits/],
      ["yyyy SSS uuu", "date", /fraction of the second twice/],
      ["X.SSS", "date", /fraction of the second twice/],
      ["LLL d HH:mm:ss", "date", /no year/],
      ["'yyyy' HH:mm", "date", /no year/],
    ] as const) {
      await assert.rejects(converted(from, to, "1"), reason);
    }
    assert.equal(await converted("epoch_seconds", "HH:mm", "0"), '"00:00"');
  });
});
