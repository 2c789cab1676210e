import assert from "node:assert/strict";
import { test } from "node:test";
import { allCodes, similarCodes } from "./registered-codes.ts";

test("codes of the runtime, its libraries, the server and the connectors are known", async () => {
  const codes = await allCodes();
  for (const code of [
    "IGC_CONFIG_DUPLICATE",
    "IGC_DECODE_JSON",
    "IGC_IGGY_TOPIC_NAME_NOT_FOUND",
    "IGC_TRANSFORM_CAST",
    "IGC_HTTP_TIMEOUT",
    "IGC_SERVER_FOLDER_LOCKED",
    "IGC_SINK_POSTGRES_FENCED",
    "IGC_SOURCE_FILE_MISSING",
  ]) {
    assert.ok(codes.has(code), code);
  }
});

test("a part of a code finds the codes that contain it, another word those that share the most", () => {
  const known = ["IGC_SINK_S3_RACE", "IGC_SINK_S3_ORDER", "IGC_SINK_FILE_ORDER", "IGC_CONFIG_DUPLICATE"];
  assert.deepEqual(similarCodes("IGC_SINK_S3", known), ["IGC_SINK_S3_ORDER", "IGC_SINK_S3_RACE"]);
  assert.deepEqual(similarCodes("IGC_SINK_FILE_ORDERS", known), ["IGC_SINK_FILE_ORDER"]);
  assert.deepEqual(similarCodes("IGC_NOTHING", known), []);
});
