import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJson, stringifyJson } from "@iggy-connectors/sdk";
import { FIXTURES, VALUE_CASES } from "@iggy-connectors/test-support";
import { z } from "zod";
import { codecKeys } from "../src/codec-keys.ts";
import { createCodec } from "../src/create-codec.ts";

/** Numbers are read as doubles and 64-bit integers. */
const losesDigits = stringifyJson(parseJson(Buffer.from("1.10"))) !== "1.10";

describe("the table of values", () => {
  it("has every name once", () => {
    const names = VALUE_CASES.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
  });

  for (const { name, codec, keys, hex, value, json } of VALUE_CASES) {
    const skip = losesDigits && codec === "json" && /decimal|exponent|30 digits|beyond doubles|zero/.test(name);
    it(`decodes ${name}`, { skip }, async () => {
      const { decode, encode } = await createCodec(codec, z.object(codecKeys).parse(keys), {
        folders: [FIXTURES],
        topic: "values",
      });
      const decoded = decode(Buffer.from(hex, "hex"));
      assert.deepEqual(decoded instanceof Uint8Array ? Uint8Array.from(decoded) : decoded, value);
      if (json !== undefined) assert.equal(stringifyJson(decoded), json);
      const encoded = encode(decoded);
      // A message of defaults alone has no bytes, and Iggy no such payload.
      if (encoded.length > 0 || codec !== "proto") assert.deepEqual(decode(encoded), decoded, "encoded again");
    });
  }
});
