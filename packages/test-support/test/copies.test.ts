import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { it } from "node:test";

/** Where the vectors were copied from; a checkout of the repository alone does not have it. */
const ORIGIN = new URL("../../../../shared/fixtures/", import.meta.url);
const COPIES: Readonly<Record<string, readonly string[]>> = {
  codecs: [
    "json.json",
    "text_raw.json",
    "payload_conversions.json",
    "proto.json",
    "proto/telemetry.proto",
    "proto/telemetry.desc",
    "avro.json",
    "avro/member.avsc",
    "avro/node.avsc",
    "avro/order.avsc",
    "flatbuffer.json",
    "flatbuffer/telemetry.fbs",
    "flatbuffer/telemetry.bfbs",
    "registry_framing.json",
  ],
  transforms: [
    "add_fields.json",
    "avro_convert.json",
    "delete_fields.json",
    "filter_fields.json",
    "flat_buffer_convert.json",
    "pipeline.json",
    "proto_convert.json",
    "suggested_extensions.json",
    "unwrap_envelope.json",
    "update_fields.json",
  ],
};

for (const [folder, files] of Object.entries(COPIES)) {
  for (const file of files) {
    const origin = new URL(`${folder}/${file}`, ORIGIN);
    it(`${folder}/${file} is an exact copy`, { skip: existsSync(origin) ? false : "the origin is not here" }, () => {
      assert.deepEqual(readFileSync(new URL(`../fixtures/${file}`, import.meta.url)), readFileSync(origin));
    });
  }
}
