import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";
import { ConnectorFolder } from "./connector-folder.ts";
import type { ConnectorSet } from "./connector-set.ts";

const SINK = (key: string, more = ""): string => `type = "sink"
key = "${key}"
enabled = true
version = 0
name = "Sink ${key}"
path = "stdout"
${more}
[[streams]]
stream = "s"
topics = ["t"]
schema = "json"
`;

const folderOf = (folder: TemporaryFolder, environment: NodeJS.ProcessEnv = {}, secret = (_value: string) => {}) => {
  mkdirSync(join(folder.path, "c"), { recursive: true });
  return new ConnectorFolder({
    folder: join(folder.path, "c"),
    environment,
    workingDirectory: folder.path,
    strict: false,
    secret,
  });
};
const write = (folder: TemporaryFolder, name: string, text: string) => writeFile(join(folder.path, "c", name), text);
const definition = (set: ConnectorSet, key: string) => set.versions.find((one) => one.key === key);

test("files that have not changed are not read into new definitions", async () => {
  await using folder = await temporaryFolder();
  const connectors = folderOf(folder);
  await connectors.load();
  await write(folder, "a.toml", SINK("a"));
  await write(folder, "b.toml", SINK("b"));
  const first = await connectors.load();
  // A file that is only touched has the same content.
  await utimes(join(folder.path, "c", "b.toml"), new Date(), new Date());
  await write(folder, "a.toml", SINK("a", "tasks = 2"));
  const second = await connectors.load();
  assert.equal(definition(second, "b"), definition(first, "b"));
  assert.equal(definition(second, "a")?.config?.tasks, 2);
});

test("a change of the same size and time is seen", async () => {
  await using folder = await temporaryFolder();
  const connectors = folderOf(folder);
  await connectors.load();
  const file = join(folder.path, "c", "a.toml");
  const time = new Date(1_700_000_000_000);
  for (const tasks of [1, 2, 3]) {
    await writeFile(file, SINK("a", `tasks = ${tasks}`));
    await utimes(file, time, time);
    assert.equal(definition(await connectors.load(), "a")?.config?.tasks, tasks);
  }
});

test("a file that is damaged, repaired, removed and written again is followed", async () => {
  await using folder = await temporaryFolder();
  const connectors = folderOf(folder);
  await connectors.load();
  await write(folder, "a.toml", SINK("a"));
  assert.deepEqual((await connectors.load()).errors, []);
  await write(folder, "a.toml", "type = ");
  const damaged = await connectors.load();
  assert.equal(damaged.errors[0]?.code, "IGC_CONFIG_SYNTAX");
  assert.deepEqual(damaged.unreadable, [join(folder.path, "c", "a.toml")]);
  await write(folder, "a.toml", SINK("a"));
  assert.deepEqual((await connectors.load()).errors, []);
  await rm(join(folder.path, "c", "a.toml"));
  assert.deepEqual((await connectors.load()).versions, []);
  await write(folder, "a.toml", SINK("a"));
  assert.equal((await connectors.load()).connectors.length, 1);
});

test("a value in a file is read again, and its secrets stay known, while the connector's file does not change", async () => {
  await using folder = await temporaryFolder();
  const secrets: string[] = [];
  const connectors = folderOf(folder, { IGGY_CONNECTORS_SINK_B_PLUGIN_CONFIG_TOKEN_FILE: "b.secret" }, (value) =>
    secrets.push(value),
  );
  await connectors.load();
  await writeFile(join(folder.path, "a.secret"), "first-a");
  await writeFile(join(folder.path, "b.secret"), "first-b");
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the configuration
  const placeholder = "${file:a.secret}";
  await write(folder, "a.toml", `${SINK("a")}[plugin_config]\ntoken = "${placeholder}"\n`);
  await write(folder, "b.toml", SINK("b"));
  const tokens = (set: ConnectorSet) => ["a", "b"].map((key) => definition(set, key)?.config?.plugin_config?.token);
  const first = await connectors.load();
  assert.deepEqual(tokens(first), ["first-a", "first-b"]);
  await writeFile(join(folder.path, "a.secret"), "second-a");
  await writeFile(join(folder.path, "b.secret"), "second-b");
  const second = await connectors.load();
  assert.deepEqual(tokens(second), ["second-a", "second-b"]);
  assert.deepEqual(second.secrets, ["second-a", "second-b"]);
  assert.deepEqual(new Set(secrets), new Set(["first-a", "first-b", "second-a", "second-b"]));
});

test("a file that could not be read for a value is tried again", async () => {
  await using folder = await temporaryFolder();
  const connectors = folderOf(folder);
  await connectors.load();
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the configuration
  await write(folder, "a.toml", SINK("a", 'log_level = "${file:level}"'));
  assert.equal((await connectors.load()).errors[0]?.code, "IGC_CONFIG_INTERPOLATION");
  await writeFile(join(folder.path, "level"), "warn\n");
  assert.equal(definition(await connectors.load(), "a")?.config?.log_level, "warn");
});

test("a connector with a longer key takes the variables that it claims from one whose file has not changed", async () => {
  await using folder = await temporaryFolder();
  const connectors = folderOf(folder, { IGGY_CONNECTORS_SINK_PG_AUDIT_TASKS: "3" });
  await connectors.load();
  await write(folder, "a.toml", SINK("pg"));
  assert.equal((await connectors.load()).warnings[0]?.key, "IGGY_CONNECTORS_SINK_PG_AUDIT_TASKS");
  await write(folder, "b.toml", SINK("pg_audit"));
  const set = await connectors.load();
  assert.deepEqual(set.warnings, []);
  assert.equal(definition(set, "pg_audit")?.config?.tasks, 3);
  assert.equal(definition(set, "pg")?.config?.tasks, 1);
});

test("a module is run again at every reading: its value may depend on more than its text", async () => {
  await using folder = await temporaryFolder();
  const connectors = folderOf(folder);
  await connectors.load();
  await write(folder, "name.ts", 'export const name = "First";');
  await write(
    folder,
    "a.connector.ts",
    `import { name } from "./name.ts";
    export default { type: "sink", key: "a", enabled: true, version: 0, name, path: "stdout",
      streams: [{ stream: "s", topics: ["t"], schema: "json" }] };`,
  );
  assert.equal(definition(await connectors.load(), "a")?.name, "First");
  await write(folder, "name.ts", 'export const name = "Second";');
  assert.equal(definition(await connectors.load(), "a")?.name, "Second");
});
