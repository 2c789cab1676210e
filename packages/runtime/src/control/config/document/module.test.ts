import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "@iggy-connectors/testing";
import { ConnectorFolder } from "../connector-set/connector-folder.ts";
import { ConfigurationError } from "../problem.ts";
import { loadRuntimeConfig } from "../runtime-file/load.ts";
import { readDocument } from "./document.ts";

async function read(text: string, name = "x.connector.ts") {
  await using folder = await temporaryFolder();
  const file = join(folder.path, name);
  await writeFile(file, text);
  return await readDocument(file);
}

const failure = async (text: string): Promise<string> => {
  try {
    await read(text);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.problems[0]?.message ?? "";
  }
  return assert.fail("it was read");
};

test("a module's default export is the configuration; a function of it is called", async () => {
  assert.deepEqual((await read("export default { a: 1, b: undefined, c: [true, null] };")).value, {
    a: 1,
    c: [true, null],
  });
  const made = await read("const n: number = 2; export default async () => ({ n });");
  assert.deepEqual(made.value, { n: 2 });
});

test("a module may use the SDK and the functions that add types, wherever it is", async () => {
  const text = `import { parseByteSize } from "@iggy-connectors/sdk";
import { defineConnector } from "iggy-connectors";
export default defineConnector({ type: "sink", key: "a", enabled: true, version: 0, name: "A", path: "stdout",
  buffer_bytes: parseByteSize("1KiB"), streams: [{ stream: "s", topics: ["t"], schema: "json" }] });`;
  assert.equal((await read(text)).value.buffer_bytes, 1024);
});

test("an error in a module is reported and affects nothing else", async () => {
  assert.match(await failure("export const a = 1;"), /no default export/);
  assert.match(await failure("export default { a: new Map() };"), /a is not a plain value/);
  assert.match(await failure("export default { streams: [{ f() {} }] };"), /streams\[0\]\.f is not a plain value/);
  assert.match(await failure("export default {"), /is not a configuration/);
  assert.match(await failure("throw new Error('no luck');"), /no luck/);
  assert.match(await failure("enum A { B } export default {};"), /only erasable TypeScript syntax/);
  assert.match(await failure("process.exit(3);"), /ended its worker/);
});

test("connector files and the runtime's file may be modules", async () => {
  await using folder = await temporaryFolder();
  const connector = (version: string) =>
    `export default { type: "sink", key: "a", enabled: true, version: ${version}, name: "A", path: "stdout",
      streams: [{ stream: "s", topics: ["t"], schema: "json" }] };`;
  await writeFile(join(folder.path, "a.connector.ts"), connector("4"));
  await writeFile(join(folder.path, "b.connector.js"), "export default { type: 'sink', key: 'b' };");
  await writeFile(join(folder.path, "plugin.ts"), "throw new Error('not a configuration');");
  const set = await new ConnectorFolder({
    folder: folder.path,
    environment: { IGGY_CONNECTORS_SINK_A_NAME: "Renamed" },
    workingDirectory: folder.path,
    strict: false,
    secret: () => {},
  }).load();
  assert.deepEqual(
    set.connectors.map(({ key, version, name }) => [key, version, name]),
    [["a", 4, "Renamed"]],
  );
  assert.deepEqual(
    set.broken.map(({ key }) => key),
    ["b"],
  );

  await writeFile(
    join(folder.path, "iggy-connectors.config.ts"),
    'import { defineConfig } from "iggy-connectors";\nexport default defineConfig({ connectors: { config_dir: "c" }, strict: true });',
  );
  const { config, file } = await loadRuntimeConfig({ environment: {}, workingDirectory: folder.path });
  assert.equal(file, join(folder.path, "iggy-connectors.config.ts"));
  assert.equal(config.connectors.config_dir, join(folder.path, "c"));
});
