import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const CODECS = new URL("./index.ts", import.meta.url).href;
const LIBRARIES = ["ajv", "avsc", "flatbuffers", "long", "protobufjs"];

/** The libraries of ours that a process has loaded after it made and used the codec of a stream. */
async function loadedBy(schema: string, keys: object, value: unknown): Promise<string[]> {
  const script = `
    import { createRequire } from "node:module";
    const { createCodec } = await import(${JSON.stringify(CODECS)});
    const codec = await createCodec(${JSON.stringify(schema)}, ${JSON.stringify(keys)}, { folders: [], topic: "t" });
    codec.decode(codec.encode(${JSON.stringify(value)}));
    const modules = Object.keys(createRequire(${JSON.stringify(CODECS)}).cache);
    console.log(JSON.stringify(${JSON.stringify(LIBRARIES)}.filter((name) =>
      modules.some((path) => path.replaceAll("\\\\", "/").includes("/node_modules/" + name + "/")))));`;
  const flags = ["--conditions=iggy-source", "--disable-warning=ExperimentalWarning", "--input-type=module"];
  const { stdout } = await run(process.execPath, [...flags, "--eval", script]);
  return JSON.parse(stdout) as string[];
}

describe("the libraries of the codecs", () => {
  it("are not loaded for schemas that do not need them", async () => {
    assert.deepEqual(await loadedBy("json", {}, { a: 1 }), []);
    assert.deepEqual(await loadedBy("text", {}, "a"), []);
  });

  it("are loaded only for their own schema", async () => {
    assert.deepEqual(await loadedBy("avro", { avro_schema_json: '"int"' }, 1), ["avsc"]);
    assert.deepEqual(await loadedBy("proto", {}, { type_url: "a" }), []);
    assert.deepEqual(await loadedBy("flat_buffer", {}, { a: 1 }), ["flatbuffers"]);
  });
});
