import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { POSTGRES_VALUES, postgresMissing, REFUSED, storedValues } from "@iggy-connectors/test-support";
import { batchOf } from "@iggy-connectors/testing";
import { consume, database } from "./setup.ts";

describe("the table of values", { skip: postgresMissing() }, () => {
  for (const stored of POSTGRES_VALUES) {
    it(`says what is stored in a column of type ${stored.column}`, async (t) => {
      const db = await database(t);
      const rows = storedValues(stored);
      await db.rows(`CREATE TABLE messages (iggy_offset bigint, v ${stored.column})`);
      const sink = await db.open({ layout: "columns", auto_create_table: false, bytes_encoding: "base64" });
      // A message without any field of the table would be rejected for that.
      const { rejected = [] } = (await consume(sink, batchOf(rows.map(([{ json }]) => json!)))) ?? {};
      const found = await db.rows("SELECT iggy_offset::int AS offset, v::text AS v FROM messages");
      const texts = new Map<number, unknown>(rejected.map(({ offset }) => [Number(offset), REFUSED]));
      for (const { offset, v } of found) texts.set(offset as number, v);
      assert.deepEqual(
        rows.map(([{ name }], index) => [name, texts.get(index)]),
        rows.map(([{ name }, text]) => [name, text]),
      );
    });
  }

  it('has no time that is refused with excess_precision = "truncate": digits behind the microsecond are cut', async (t) => {
    const db = await database(t);
    await db.rows("CREATE TABLE messages (iggy_offset bigint, v timestamptz)");
    const refused = POSTGRES_VALUES.filter(({ column }) => column === "timestamptz").flatMap((stored) =>
      storedValues(stored).flatMap(([{ json }, text]) => (text === REFUSED ? [json!] : [])),
    );
    const sink = await db.open({ layout: "columns", auto_create_table: false, excess_precision: "truncate" });
    assert.deepEqual(await consume(sink, batchOf(refused)), { rejected: [] });
    const shown = await db.rows("SELECT v::text AS v FROM messages ORDER BY iggy_offset");
    assert.deepEqual(
      shown.map(({ v }) => v),
      [
        "2024-05-01 12:00:00.123456+00",
        "2024-05-01 12:00:00.123456+00",
        "2024-05-01 12:00:00.123456+00",
        "1969-12-31 23:59:59.999999+00",
      ],
    );
  });
});
