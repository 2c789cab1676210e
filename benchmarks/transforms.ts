import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { framesOf } from "@iggy-connectors/testing";
import { compileTransforms, createBatchPlan, TransformPlan } from "@iggy-connectors/transforms";
import { samplePayload } from "./payload.ts";

const RECORD = ["user_id", "email", "source", "state", "created_at", "message"];
const AVSC = JSON.stringify({
  type: "record",
  name: "Record",
  fields: [...RECORD.map((name) => ({ name, type: "string" })), { name: "user_type", type: "int" }],
});
const PROTO = `syntax = "proto3"; message Record {
${RECORD.map((name, index) => `string ${name} = ${index + 1};`).join("\n")}
int32 user_type = 7; }`;
const EXPLODED = [
  { type: "map", fields: { items: "[payload.user_id, payload.state]" } },
  { type: "explode", field: "items" },
];

/** Settings that give each transform something to do with the sample record. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  add_fields: { fields: [{ key: "region", value: { static: "eu" } }] },
  "add_fields (uuid_v7)": { fields: [{ key: "event_id", value: { computed: "uuid_v7" } }] },
  update_fields: { fields: [{ key: "state", value: { static: "x" }, condition: "key_exists" }] },
  delete_fields: { fields: ["email", "created_at"] },
  filter_fields: { keep_fields: ["user_id"], patterns: [{ key_pattern: { starts_with: "s" } }] },
  "filter_fields (by value)": { patterns: [{ value_pattern: "is_string" }] },
  unwrap_envelope: { field: "message" },
  rename_fields: { fields: { email: "mail", state: "status" } },
  "rename_fields (nested)": { fields: { email: "contact.mail" } },
  hoist_field: { field: "data" },
  extract_field: { field: "state" },
  cast: { fields: { user_type: "string" } },
  flatten: {},
  mask_fields: { fields: ["email"], keep_last: 4 },
  hash_fields: { fields: ["email"] },
  timestamp_convert: { field: "created_at", from: "rfc3339", to: "epoch_millis" },
  field_to_header: { fields: { user_id: "user" } },
  insert_headers: { headers: { origin: "shop" } },
  insert_metadata: { fields: { offset: "_offset" } },
  filter: { condition: 'payload.state == "active"' },
  "filter (by metadata)": { condition: 'payload.state == "active" && partition == 0' },
  map: { fields: { id: "payload.user_id", kind: "payload.user_type" } },
  jsonata: { expression: '{"id": user_id, "kind": user_type}' },
  validate: { schema: { type: "object", required: ["user_id"], properties: { user_id: { type: "string" } } } },
  debezium_unwrap: {},
  script: { path: "large.ts" },
  header_to_field: { headers: { trace: "trace" } },
  drop_headers: { headers: ["trace"] },
  avro_convert: { source_format: "json", target_format: "avro", schema_json: AVSC },
  proto_convert: { source_format: "json", target_format: "proto", schema_path: "record.proto", message_type: "Record" },
};

const FIVE = [
  {
    type: "add_fields",
    fields: [
      { key: "service_name", value: { static: "qw_connector" } },
      { key: "timestamp", value: { computed: "timestamp_millis" } },
      { key: "random_id", value: { computed: "uuid_v7" } },
    ],
  },
  { type: "delete_fields", fields: ["email", "created_at"] },
];

const HELP = `npm run bench:transforms -- [TEXT]

  TEXT   only transforms whose name contains it

CPU of the process in ns per message of 200 bytes, from polled bytes to the bytes that a sink reads, validation included; median of
seven runs. "values" decodes and encodes, "bytes" edits the received bytes where the transform allows it.`;

const MESSAGES = 1000;
const BATCHES = 100;
const RUNS = 7;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", short: "h" } },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

const ref = { stream: "bench", topic: "records", partition: 0 };
const payloads = Array.from({ length: MESSAGES }, (_, index) => samplePayload(200, index));
const frames = framesOf(payloads, 0n, new Map());
const traced = framesOf(payloads, 0n, new Map([["trace", { kind: "string", value: "4bf92f3577b34da6" }]]));
const folder = mkdtempSync(join(tmpdir(), "bench-transforms-"));
writeFileSync(join(folder, "record.proto"), PROTO);
writeFileSync(
  join(folder, "large.ts"),
  "export default ({ value }) => ({ value: { ...value, large: value.user_type > 2 } });\n",
);
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Median of the CPU time per message, in nanoseconds. */
function measure(plan: TransformPlan, input: typeof frames): number {
  const batches = createBatchPlan({ schema: "json", transforms: plan });
  const run = (): void => {
    for (let count = 0; count < BATCHES; count++) {
      const result = batches.run(input, ref);
      if (result.failed.length > 0) throw result.failed[0]!.error;
      if (result.batch.payloadBytes < 0) throw new Error("a batch of fewer than no bytes");
      result.release();
    }
  };
  run();
  run();
  const times: number[] = [];
  for (let count = 0; count < RUNS; count++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    times.push(((user + system) * 1000) / (BATCHES * MESSAGES));
  }
  return times.sort((a, b) => a - b)[RUNS >> 1]!;
}

/** The same chain without its shortcut. */
function onValues({ steps }: TransformPlan): TransformPlan {
  return new TransformPlan(
    steps.map((step) => {
      const { edits: _edits, ...transform } = step.transform;
      return { ...step, transform: transform as typeof step.transform };
    }),
  );
}

const chains: (readonly [string, unknown])[] = [
  ["(validated only)", []],
  ["five field transforms", FIVE],
  ["map, explode into two", EXPLODED],
  ...Object.entries(SETTINGS).map(([name, settings]) => [name, [{ type: name.split(" ")[0], ...settings }]] as const),
];
console.log(`${"transform".padEnd(28)}${"values".padStart(8)}${"bytes".padStart(8)}`);
for (const [name, config] of chains) {
  if (!positionals.every((text) => name.includes(text))) continue;
  const plan = await compileTransforms(config, {
    directories: [folder],
    loadModule: (path) => import(pathToFileURL(path).href),
  });
  const input = JSON.stringify(config).includes("trace") ? traced : frames;
  const bytes = plan.objectEditor() === undefined || plan.steps.length === 0 ? undefined : measure(plan, input);
  const decoded = measure(onValues(plan), input);
  console.log(
    `${name.padEnd(28)}${decoded.toFixed(0).padStart(8)}${(bytes === undefined ? "–" : bytes.toFixed(0)).padStart(8)}`,
  );
}
