import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isRejected } from "@iggy-connectors/sdk";
import { PARQUET_VALUES, REFUSED, storedValues } from "@iggy-connectors/test-support";
import { batchOf } from "@iggy-connectors/testing";
import { s3SinkConfig } from "../config.ts";
import { type Cell, rowReader } from "./column-values.ts";

describe("the table of values", () => {
  for (const stored of PARQUET_VALUES) {
    it(`says what is stored in a column of type ${stored.column}`, () => {
      const [type = "", precision, scale] = stored.column.split(/[(, )]+/);
      const settings = type === "decimal" ? { precision: Number(precision), scale: Number(scale) } : {};
      const columns = [
        { name: "k", type: "int32" },
        { name: "v", type, ...settings },
      ];
      const config = s3SinkConfig.parse({ bucket: "b", region: "r", output_format: "parquet", columns });
      const read = rowReader(config.columns);
      for (const [{ name, json }, text] of storedValues(stored)) {
        // A message without any field of the columns would be rejected for that.
        const payload = json!.replace("{", json === "{}" ? '{"k":1' : '{"k":1,');
        let found: string | null;
        try {
          const row: Cell[] = [];
          read(batchOf([payload]), 0, row, 0);
          found = shown(row[1], type, Number(scale));
        } catch (error) {
          assert.ok(isRejected(error), `${name}: ${error}`);
          found = REFUSED;
        }
        assert.equal(found, text, name);
      }
    });
  }
});

/** A cell as the page shows it. */
function shown(cell: Cell, type: string, scale: number): string | null {
  if (cell === undefined) return null;
  if (cell instanceof Uint8Array) return `\\x${Buffer.from(cell).toString("hex")}`;
  switch (type) {
    case "decimal": {
      const digits = String(cell)
        .replace("-", "")
        .padStart(scale + 1, "0");
      const sign = String(cell).startsWith("-") ? "-" : "";
      return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    }
    case "date":
      return new Date(Number(cell) * 86_400_000).toISOString().slice(0, 10);
    case "timestamp":
    case "timestamp_nanos": {
      const unit = type === "timestamp" ? 1_000_000n : 1_000_000_000n;
      const count = BigInt(cell as bigint);
      const rest = ((count % unit) + unit) % unit;
      const second = new Date(Number((count - rest) / unit) * 1000).toISOString().slice(0, 19).replace("T", " ");
      return rest === 0n
        ? second
        : `${second}.${String(rest)
            .padStart(String(unit).length - 1, "0")
            .replace(/0+$/, "")}`;
    }
    default:
      return Object.is(cell, -0) ? "-0" : String(cell);
  }
}
