import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { eventually, temporaryFolder } from "@iggy-connectors/testing";
import { VersionNotFoundError } from "../provider.ts";
import { LocalProvider } from "./local-provider.ts";

const ID = { type: "sink", key: "a" } as const;

const document = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  enabled: true,
  name: "A",
  path: "stdout",
  streams: [{ stream: "s", topics: ["t"], schema: "json", batch_length: 10 }],
  ...changes,
});

function providerOf(folder: string, environment: NodeJS.ProcessEnv = {}, watch = false): LocalProvider {
  return new LocalProvider({ folder, environment, workingDirectory: folder, strict: false, watch, secret: () => {} });
}

const recorded = (folder: string): Promise<string> => readFile(join(folder, ".active_versions.toml"), "utf8");

test("versions are files of the original's names, counted from 0", async () => {
  await using folder = await temporaryFolder();
  const versions = await providerOf(folder.path).open(ID);
  const first = await versions.create(document());
  const second = await versions.create(document({ name: "B" }));
  assert.equal(first.version, 0);
  assert.equal(second.version, 1);
  assert.equal(second.config?.name, "B");
  const names = (await readdir(folder.path)).filter((name) => !name.startsWith("."));
  assert.deepEqual(names.sort(), ["sink_a_0.toml", "sink_a_1.toml"]);
  assert.match(await readFile(join(folder.path, "sink_a_1.toml"), "utf8"), /^type = "sink"\nkey = "a"\nenabled = true/);
});

test("a stored version runs only once it is activated", async () => {
  await using folder = await temporaryFolder();
  const versions = await providerOf(folder.path).open(ID);
  await versions.create(document());
  await versions.create(document({ name: "B" }));
  assert.equal((await versions.active())?.version, 0);
  await versions.activate(1);
  assert.equal((await versions.active())?.version, 1);
  assert.match(await recorded(folder.path), /\[sinks\]\na = 1/);
  await assert.rejects(versions.activate(7), VersionNotFoundError);
  assert.equal((await versions.active())?.version, 1);
});

test("versions that are created at once get different numbers, also from two runtimes", async () => {
  await using folder = await temporaryFolder();
  const providers = [providerOf(folder.path), providerOf(folder.path)];
  const created = await Promise.all(
    Array.from({ length: 10 }, async (_, index) =>
      (await providers[index % 2]!.open(ID)).create(document({ name: `N${index}` })),
    ),
  );
  assert.deepEqual(
    created.map(({ version }) => version).sort((a, b) => a! - b!),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  const all = await (await providers[0]!.open(ID)).list();
  assert.equal(new Set(all.map(({ name }) => name)).size, 10);
});

test("without a version the activated one is removed, and the highest that remains becomes active", async () => {
  await using folder = await temporaryFolder();
  const versions = await providerOf(folder.path).open(ID);
  await versions.create(document());
  await assert.rejects(versions.remove(undefined), { message: "Sink config with key: a, version: 0 not found." });
  await versions.create(document());
  await versions.create(document());
  await versions.remove(undefined);
  assert.deepEqual(
    (await versions.list()).map(({ version }) => version),
    [1, 2],
  );
  assert.equal((await versions.active())?.version, 2);
  await versions.remove(2);
  await versions.remove(1);
  assert.equal(await versions.active(), undefined);
  assert.doesNotMatch(await recorded(folder.path), /a =/);
});

test("an unreadable record of active versions is not overwritten", async () => {
  await using folder = await temporaryFolder();
  const versions = await providerOf(folder.path).open(ID);
  await versions.create(document());
  await writeFile(join(folder.path, ".active_versions.toml"), "[sinks\n");
  await assert.rejects(versions.activate(0), { code: "IGC_CONFIG_INVALID" });
  assert.equal(await recorded(folder.path), "[sinks\n");
});

test("a key of any characters names a file inside the folder", async () => {
  await using folder = await temporaryFolder();
  const id = { type: "source", key: "../ü/*" } as const;
  const streams = [{ stream: "s", topic: "t", schema: "json" }];
  const created = await (await providerOf(folder.path).open(id)).create(document({ streams }));
  assert.equal(created.key, "../ü/*");
  assert.deepEqual(await readdir(folder.path), ["source_..%2F%C3%BC%2F%2A_0.toml"]);
});

test("settings that contain null are kept, in a format that can express it", async () => {
  await using folder = await temporaryFolder();
  const versions = await providerOf(folder.path).open(ID);
  const created = await versions.create(document({ plugin_config: { empty: null, list: [null, 1] } }));
  assert.deepEqual(created.config?.plugin_config, { empty: null, list: [null, 1] });
  assert.deepEqual(await readdir(folder.path), ["sink_a_0.json"]);
});

test("a secret of the environment takes effect and is never written to a file", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "secret"), "s3cret\n");
  const versions = await providerOf(folder.path, {
    IGGY_CONNECTORS_SINK_A_PLUGIN_CONFIG_TOKEN_FILE: "secret",
    IGGY_CONNECTORS_SINK_A_NAME: "From outside",
  }).open(ID);
  const created = await versions.create(document());
  assert.deepEqual(created.config?.plugin_config, { token: "s3cret" });
  assert.equal(created.config?.name, "From outside");
  assert.deepEqual(created.document.overrides, [
    { path: ["name"], value: "From outside" },
    { path: ["plugin_config", "token"], value: undefined },
  ]);
  const text = await readFile(join(folder.path, "sink_a_0.toml"), "utf8");
  assert.doesNotMatch(text, /s3cret|outside/);
});

test("changes of the folder are reported after a quiet time", async () => {
  await using folder = await temporaryFolder();
  const provider = providerOf(folder.path, {}, true);
  let changes = 0;
  const end = provider.watch(
    () => changes++,
    (problem) => assert.fail(problem.message),
  );
  try {
    for (let index = 0; index < 20; index++) await writeFile(join(folder.path, `${index}.toml`), "x");
    await eventually(() => changes > 0);
    assert.ok(changes < 20, "they are gathered");
  } finally {
    end();
  }
});

test("a folder that does not exist when the watch starts is watched once it exists", async () => {
  await using folder = await temporaryFolder();
  const problems: string[] = [];
  const end = providerOf(join(folder.path, "later"), {}, true).watch(
    () => {},
    (problem) => problems.push(problem.code),
  );
  end();
  assert.deepEqual(problems, ["IGC_CONFIG_WATCH"]);
});

test("a recreated folder is watched like the one before", async () => {
  await using folder = await temporaryFolder();
  const watched = join(folder.path, "c");
  await mkdir(watched);
  let changes = 0;
  const end = providerOf(watched, {}, true).watch(
    () => changes++,
    () => {},
  );
  try {
    await rename(watched, join(folder.path, "old"));
    await mkdir(watched);
    await eventually(() => changes > 0);
    const before = changes;
    await writeFile(join(watched, "a.toml"), "x");
    await eventually(() => changes > before);
  } finally {
    end();
  }
});
