import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { it } from "node:test";
import { codecKeys, createCodec, prepareDecode, prepareEncode } from "@iggy-connectors/codecs";
import { MemoryRegistry, makeFrames } from "@iggy-connectors/test-support";
import { z } from "zod";
import { CODEC_EXAMPLES } from "../../scripts/reference/codec-examples.ts";

for (const { title, schema, keys, files, compiled = {}, registered = [], value, hex, readOnly } of CODEC_EXAMPLES) {
  it(`the example "${title}" of ${schema} runs`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "codec-example-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const made = Object.entries(compiled).map(([path, { bytes }]) => [path, bytes] as const);
    for (const [path, content] of [...Object.entries(files), ...made]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const registry = new MemoryRegistry();
    for (const { subject, ...entry } of registered) registry.add(subject, entry);
    const context = { folders: [folder], topic: "t", registry: () => registry };
    const codec = await createCodec(schema, z.object(codecKeys).parse(keys), context);
    await prepareDecode(codec, makeFrames([Buffer.from(hex, "hex")]), 0)?.(t.signal);
    await prepareEncode(codec)?.(t.signal);
    assert.deepEqual(codec.decode(Buffer.from(hex, "hex")), value);
    if (readOnly !== true) assert.equal(Buffer.from(codec.encode(value)).toString("hex"), hex);
  });
}
