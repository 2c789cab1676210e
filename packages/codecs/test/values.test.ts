import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stringifyJson } from "@iggy-connectors/sdk";
import { FIXTURES, VALUE_CASES } from "@iggy-connectors/test-support";
import { z } from "zod";
import { codecKeys } from "../src/codec-keys.ts";
import { createCodec } from "../src/create-codec.ts";

describe("the table of values", () => {
  it("has every name once", () => {
    const names = VALUE_CASES.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
  });

  for (const { name, codec, keys, hex, value, json } of VALUE_CASES) {
    it(`decodes ${name}`, async () => {
      const { decode, encode } = await createCodec(codec, z.object(codecKeys).parse(keys), {
        folders: [FIXTURES],
        topic: "values",
      });
      const decoded = decode(Buffer.from(hex, "hex"));
      // A copy is without the texts of numbers, which the printed form shows.
      assert.deepEqual(decoded instanceof Uint8Array ? Uint8Array.from(decoded) : structuredClone(decoded), value);
      if (json !== undefined) assert.equal(stringifyJson(decoded), json);
      const encoded = encode(decoded);
      // A message of defaults alone has no bytes, and Iggy no such payload.
      if (encoded.length > 0 || codec !== "proto") assert.deepEqual(decode(encoded), decoded, "encoded again");
    });
  }
});
