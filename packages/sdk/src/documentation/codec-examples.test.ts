import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { it } from "node:test";
import { z } from "zod";
import { codecKeys } from "../codecs/codec-keys.ts";
import { createCodec } from "../codecs/create-codec.ts";
import { CODEC_EXAMPLES } from "./codec-examples.ts";

for (const { title, schema, keys, files, value, hex, readOnly } of CODEC_EXAMPLES) {
  it(`the example "${title}" of ${schema} runs`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "codec-example-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const codec = await createCodec(schema, z.object(codecKeys).parse(keys), { folders: [folder], topic: "t" });
    assert.deepEqual(codec.decode(Buffer.from(hex, "hex")), value);
    if (readOnly !== true) assert.equal(Buffer.from(codec.encode(value)).toString("hex"), hex);
  });
}
