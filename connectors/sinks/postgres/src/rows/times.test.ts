import assert from "node:assert/strict";
import { test } from "node:test";
import { postgresMissing } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { database } from "../../test/setup.ts";
import { readsAsItIs, readTime, type TimeKind } from "./times.ts";

const read = (kind: TimeKind, value: string, excess: "reject" | "truncate" = "reject") => {
  const result = readTime(kind, value, excess);
  return "text" in result ? result.text : `! ${result.fault}`;
};

test("a type without a zone takes the instant in UTC", () => {
  for (const [kind, value, expected] of [
    ["timestamp", "2024-05-01T10:00:00+02:00", "2024-05-01 08:00:00"],
    ["timestamp", "2024-05-01T00:30:00.123456+02:00", "2024-04-30 22:30:00.123456"],
    ["timestamp", "2024-12-31T23:30:00-0530", "2025-01-01 05:00:00"],
    ["timestamp", "2024-03-01 00:00:00+00:00:01", "2024-02-29 23:59:59"],
    ["timestamp", "2024-05-01T10:00:00Z", "2024-05-01 10:00:00"],
    ["timestamp", "2024-05-01t10:00:00z", "2024-05-01 10:00:00"],
    ["timestamp", "2024-05-01 10:00:00 UTC", "2024-05-01 10:00:00"],
    ["timestamp", "2024-05-01T10:00:00", "2024-05-01 10:00:00"],
    ["timestamp", "2024-05-01T10:00", "2024-05-01 10:00:00"],
    ["timestamp", "2024-05-01", "2024-05-01"],
    ["timestamp", "20240501T100000Z", "2024-05-01 10:00:00"],
    ["timestamp", "-infinity", "-infinity"],
    ["date", "2024-05-01", "2024-05-01"],
    ["date", "2024-05-01T23:30:00-05:00", "2024-05-02"],
    ["date", "2024-05-01T00:30:00+02:00", "2024-04-30"],
    ["date", "2024-05-01T23:30:00", "2024-05-01"],
    ["date", "infinity", "infinity"],
    ["time", "10:00:00+02:00", "08:00:00"],
    ["time", "23:30:00.5-05:00", "04:30:00.5"],
    ["time", "10:00", "10:00:00"],
    ["time", "2024-05-01T23:30:00-05:00", "04:30:00"],
    ["timetz", "10:00:00+02:00", "10:00:00+02:00"],
    ["timestamptz", "2024-05-01T10:00:00+02:00", "2024-05-01 10:00:00+02:00"],
    ["timestamptz", "2024-05-01T14:00:00", "2024-05-01 14:00:00"],
    ["timestamptz", "2024-05-01T14:00:00,25Z", "2024-05-01 14:00:00.25Z"],
  ] as const) {
    assert.equal(read(kind, value), expected, `${value} as ${kind}`);
  }
});

test("what has no meaning of its own is refused", () => {
  const words = "now today tomorrow yesterday epoch allballs NOW Infinity infinite".split(" ");
  const ambiguous = [
    "01/02/2024",
    "1.2.2024",
    "01-02-2024",
    "24-05-01",
    "May 1 2024",
    "2024-05-01 10:00 Europe/Berlin",
    "10:00 AM",
  ];
  const others = [
    "",
    "1714550400",
    "2024-W18-3",
    "2024-122",
    "2024-05",
    "2024-05-01T10",
    "P1D",
    "J2451187",
    "2024-05-01T10:00:00+2",
  ];
  for (const kind of ["timestamp", "timestamptz", "date", "time", "timetz"] as const) {
    for (const value of [...words, ...ambiguous, ...others]) {
      if (value === "24-05-01") continue;
      assert.match(read(kind, value), /^! /, `${value} as ${kind}`);
    }
  }
  assert.match(read("time", "infinity"), /^! /);
  assert.match(read("timestamp", "2024-02-30T10:00:00+02:00"), /^! is not in the calendar/);
  assert.match(read("timestamp", "2024-05-01T25:00:00+02:00"), /^! is not in the calendar/);
});

test("digits behind the microsecond are refused, or cut, never rounded", () => {
  assert.match(read("timestamp", "2024-05-01T10:00:00.123456789Z"), /^! is more exact/);
  assert.match(read("time", "10:00:00.1234567"), /^! is more exact/);
  assert.equal(read("timestamp", "2024-05-01T10:00:00.123456000Z"), "2024-05-01 10:00:00.123456");
  assert.equal(read("timestamptz", "2024-05-01T23:59:59.9999999Z", "truncate"), "2024-05-01 23:59:59.999999Z");
  assert.equal(read("date", "2024-05-01T23:59:59.9999999", "truncate"), "2024-05-01");
});

test("an offset changes the instant by exactly itself", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("0002-01-01T00:00:00Z"), max: new Date("9998-12-31T00:00:00Z"), noInvalidDate: true }),
      fc.integer({ min: -14 * 60, max: 14 * 60 }),
      (instant, minutes) => {
        const second = Math.floor(instant.getTime() / 1000) * 1000;
        const shown = new Date(second + minutes * 60_000).toISOString().slice(0, 19);
        const sign = minutes < 0 ? "-" : "+";
        const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((n) =>
          String(n).padStart(2, "0"),
        );
        const utc = new Date(second).toISOString().slice(0, 19).replace("T", " ");
        assert.equal(read("timestamp", `${shown}${sign}${hours}:${rest}`), utc);
        assert.equal(read("date", `${shown}${sign}${hours}:${rest}`), utc.slice(0, 10));
      },
    ),
  );
});

/** Texts about the form that needs no reading: some have it, some almost. */
const nearlyPlain = fc
  .tuple(
    fc.date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true }),
    fc.string({ unit: fc.constantFrom("0", "1", "9"), maxLength: 8 }),
    fc.constantFrom("Z", "Z", "Z", "z", "", "+00:00", "+02:00", "ZZ"),
    fc.option(fc.tuple(fc.nat(18), fc.constantFrom("0", "-", " ", "T", ":", "9", "x", ".")), { freq: 3 }),
  )
  .map(([instant, digits, zone, change]) => {
    const whole = instant.toISOString().slice(0, 19);
    const [at, character] = change ?? [-1, ""];
    const changed = at < 0 ? whole : `${whole.slice(0, at)}${character}${whole.slice(at + 1)}`;
    return `${changed}${digits === "" ? "" : `.${digits}`}${zone}`;
  });

test("a text that is taken as it is says what reading it would say", () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.constantFrom("timestamp", "timestamptz", "date", "time", "timetz"), nearlyPlain, (kind, value) => {
      if (!readsAsItIs(kind, value)) return;
      taken++;
      const text = value.replace("T", " ");
      assert.equal(read(kind, value), kind === "timestamp" ? text.slice(0, -1) : text);
    }),
    { numRuns: 2000 },
  );
  assert.ok(taken > 100, `${taken} were taken`);
  for (const value of ["2024-05-01T10:00:00.1234567Z", "2024-05-01T10:00:00.Z", "2024-05-01T10:00:00+02:00"]) {
    assert.equal(readsAsItIs("timestamptz", value), false, value);
  }
});

function isInCalendar(second: string): boolean {
  const read = new Date(`${second}Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(second);
}

test("the server reads such a text alike, whatever its settings are", { skip: postgresMissing() }, async (t) => {
  const db = await database(t);
  const values = fc
    .sample(nearlyPlain, { numRuns: 2000, seed: 5 })
    .filter((value) => readsAsItIs("timestamp", value) && isInCalendar(value.slice(0, 19)));
  assert.ok(values.length > 100);
  const instants = (texts: readonly string[]) =>
    db.rows(
      "SELECT (v::timestamptz AT TIME ZONE 'UTC')::text AS instant, v::timestamp::text AS local FROM unnest($1::text[]) v",
      [texts],
    );
  await db.rows("SET TimeZone = 'UTC'");
  const expected = await instants(values.map((value) => value.replace("T", " ")));
  // Whatever is not in the calendar the server refuses in both forms.
  for (const [zone, style] of [
    ["UTC", "ISO, DMY"],
    ["Asia/Kathmandu", "ISO, YMD"],
    ["America/New_York", "ISO, MDY"],
  ]) {
    await db.rows(`SET TimeZone = '${zone}'; SET DateStyle = '${style}'`);
    assert.deepEqual(await instants(values), expected, `${zone}, ${style}`);
  }
});
