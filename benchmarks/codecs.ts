import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Codec } from "@iggy-connectors/codecs";
import { type CodecKeys, createCodec } from "@iggy-connectors/codecs";
import { OutputBuffer, type Schema } from "@iggy-connectors/sdk";

const HELP = `npm run bench:codecs -- [TEXT]

  TEXT   only schemas whose name contains it

CPU of the process in ns per message of about 200 bytes, from bytes to a value and back; median of seven runs.`;

const ORDER_PROTO = `syntax = "proto3";
message Order {
  int64 id = 1; string customer = 2; string mail = 3; repeated Line lines = 4; double total = 5; bool paid = 6; string note = 7;
  message Line { string item = 1; int32 count = 2; double price = 3; }
}`;
const ORDER_AVSC = {
  type: "record",
  name: "Order",
  fields: [
    { name: "id", type: "long" },
    { name: "customer", type: "string" },
    { name: "mail", type: ["null", "string"] },
    {
      name: "lines",
      type: {
        type: "array",
        items: {
          type: "record",
          name: "Line",
          fields: [
            { name: "item", type: "string" },
            { name: "count", type: "int" },
            { name: "price", type: "double" },
          ],
        },
      },
    },
    { name: "total", type: "double" },
    { name: "paid", type: "boolean" },
    { name: "note", type: "string" },
  ],
};
const line = (item: string, count: number, price: number) => ({ item, count, price });
const ORDER = {
  id: 1234567890123,
  customer: "Ada Lovelace of Marylebone",
  mail: "ada.lovelace@example.org",
  lines: [line("green tea, loose leaf, 250 g", 2, 12.5), line("porcelain cup", 4, 8.25), line("kettle", 1, 49.99)],
  total: 107.99,
  paid: true,
  note: "leave it with the neighbours, please",
};
const READING = {
  id: 1234567890123,
  sensor: "boiler room, north wall, second floor",
  quality: "Bad",
  i64: -987654321,
  dbl: 21.5,
  at: { x: 1, y: -2 },
  samples: [1, 2, 3, 4, 5],
  tags: [{ label: "heating", weight: 1 }, { label: "critical" }],
  body_type: "TextBody",
  body: { text: "the pressure rises" },
};
const BFBS = fileURLToPath(new URL("../packages/test-support/fixtures/flatbuffer/telemetry.bfbs", import.meta.url));

const ROWS: readonly (readonly [string, Schema, CodecKeys, unknown])[] = [
  ["json", "json", {}, ORDER],
  [
    "proto",
    "proto",
    { proto_schema_path: "order.proto", proto_message_type: "Order", proto_int64_as: "number" },
    ORDER,
  ],
  ["avro", "avro", { avro_schema_path: "order.avsc" }, ORDER],
  ["flat_buffer", "flat_buffer", { flatbuffer_schema_path: BFBS }, READING],
];
const MESSAGES = 20_000;
const RUNS = 7;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", short: "h" } },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

/** Median of the CPU time per call, in nanoseconds. */
function measure(call: () => unknown): number {
  const run = (): void => {
    for (let count = 0; count < MESSAGES; count++) if (call() === undefined) throw new Error("nothing came out");
  };
  run();
  run();
  const times: number[] = [];
  for (let count = 0; count < RUNS; count++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    times.push(((user + system) * 1000) / MESSAGES);
  }
  return times.sort((a, b) => a - b)[RUNS >> 1]!;
}

const folder = mkdtempSync(join(tmpdir(), "bench-codecs-"));
try {
  writeFileSync(join(folder, "order.proto"), ORDER_PROTO);
  writeFileSync(join(folder, "order.avsc"), JSON.stringify(ORDER_AVSC));
  console.log(`${"schema".padEnd(14)}${"bytes".padStart(8)}${"decode".padStart(8)}${"encode".padStart(8)}`);
  for (const [name, schema, keys, value] of ROWS) {
    if (!positionals.every((text) => name.includes(text))) continue;
    const codec: Codec = await createCodec(schema, keys, { folders: [folder], topic: "bench" });
    const output = new OutputBuffer(4096);
    const bytes = Uint8Array.from(codec.encode(value));
    const decoding = measure(() => codec.decode(bytes));
    const encoding = measure(() => {
      // Into memory that is there already, as the runtime does for the messages of a batch.
      output.position = 0;
      codec.encodeInto(value, codec.kind, output);
      return output.position;
    });
    const cells = [bytes.length, decoding, encoding].map((cell) => cell.toFixed(0).padStart(8));
    console.log(`${name.padEnd(14)}${cells.join("")}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
