import assert from "node:assert/strict";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it, test } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";
import { SchemaRegistryServer } from "@iggy-connectors/test-support";
import { type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";
import { checkConfiguration } from "./check-configuration.ts";

const STDOUT = (more = ""): string => `type = "sink"
key = "out"
enabled = true
version = 2
name = "Out"
path = "stdout"
[[streams]]
stream = "s"
topics = ["t"]
schema = "json"
[plugin_config]
${more}
`;

async function check(
  connector: string,
  { connect = false, iggy = "127.0.0.1:1", runtime = "", password = "pa55word", plugin = "" } = {},
) {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, "c"));
  await writeFile(join(folder.path, "c", "out.toml"), connector);
  if (plugin !== "") await writeFile(join(folder.path, "c", "plugin.ts"), plugin);
  await writeFile(
    join(folder.path, "config.toml"),
    `${runtime}\n[connectors]\nconfig_dir = "c"\n[iggy]\naddress = "${iggy}"\npassword = "${password}"\n`,
  );
  return await checkConfiguration({ connect, env: {}, workingDirectory: folder.path });
}

test("a valid configuration has no findings", async () => {
  const { connectors, findings, iggy } = await check(STDOUT());
  assert.deepEqual(findings, []);
  assert.deepEqual(
    connectors.map(({ type, key, version, connected, creates }) => [type, key, version, connected, creates]),
    [["sink", "out", 2, false, []]],
  );
  assert.equal(iggy, undefined);
});

test("an unknown key is an error in every file, down to the plugin's settings", async () => {
  const { findings } = await check(STDOUT("prnt_payload = true").replace("name =", 'nme = "x"\nname ='));
  assert.deepEqual(
    findings.map(({ severity, key }) => [severity, key]),
    [
      ["error", "nme"],
      ["error", "plugin_config.prnt_payload"],
    ],
    "a file with errors is looked at further",
  );
  const plugin = await check(STDOUT("prnt_payload = true"));
  assert.deepEqual(
    plugin.findings.map(({ severity, key, fix }) => [severity, key, fix]),
    [["error", "plugin_config.prnt_payload", "did you mean print_payload?"]],
  );
  const runtime = await check(STDOUT(), { runtime: "strct = true" });
  assert.deepEqual(
    runtime.findings.map(({ severity, key }) => [severity, key]),
    [["error", "strct"]],
  );
});

test("a missing plugin and invalid settings are errors", async () => {
  const missing = await check(STDOUT().replace('"stdout"', '"stdot"'));
  assert.equal(missing.findings[0]?.code, "IGC_PLUGIN_NOT_FOUND");
  const wrong = await check(STDOUT('print_payload = "pa55word"'));
  assert.equal(wrong.findings[0]?.key, "plugin_config.print_payload");
  assert.doesNotMatch(JSON.stringify(wrong), /pa55word/);
});

test("files of transforms and codecs that do not load are errors, all at once, also together with invalid settings", async () => {
  const { findings } =
    await check(`${STDOUT("print_payload = 7").replace('"json"', '"avro"\navro_schema_path = "no.avsc"')}
[[transforms]]
type = "script"
path = "./no-script.ts"
`);
  assert.deepEqual(
    findings.map(({ severity, key }) => [severity, key]),
    [
      ["error", "transforms"],
      ["error", "streams[0]"],
      ["error", "plugin_config.print_payload"],
    ],
    JSON.stringify(findings, null, 1),
  );
});

test("the effective guarantee is shown, with its limits", async () => {
  const { connectors } = await check(
    STDOUT().replace('name = "Out"', 'name = "Out"\non_error = "skip"\nretry.max_attempts = 3'),
  );
  const { effective, reasons } = connectors[0]!.delivery!;
  assert.equal(effective, "at-least-once");
  assert.deepEqual(reasons, [
    "stdout delivers at least once: after a crash the last messages may be delivered again",
    'on_error = "skip": a message that fails is skipped',
    "retry has a limit: a message that fails for 3 attempts is skipped",
  ]);
});

describe("with a server", () => {
  let folder: TemporaryFolder;
  let server: EmbeddedServer;
  let iggy: string;

  before(async () => {
    folder = await temporaryFolder();
    const rootPassword = "pa55word";
    server = await startServer({ address: "127.0.0.1:0", path: join(folder.path, "data"), rootPassword });
    iggy = server.address;
    await using client = await IggyClient.connect({ address: iggy, username: "iggy", password: rootPassword });
    await client.createStream("s");
    await client.createTopic({ stream: "s", name: "t", partitionsCount: 1 });
  });

  after(async () => {
    await server.close();
    await folder[Symbol.asyncDispose]();
  });

  it("a plugin without a connection is not a finding, and topics that will be created are listed", async () => {
    const { iggy: reason, findings, connectors } = await check(STDOUT(), { connect: true, iggy });
    assert.deepEqual([reason, findings], [undefined, []]);
    assert.deepEqual(connectors[0]?.creates, ["iggy_connectors/dead_letter_sink_out"]);
    await using client = await IggyClient.connect({ address: iggy, username: "iggy", password: "pa55word" });
    assert.deepEqual(
      (await client.getStreams()).map(({ name }) => name),
      ["s"],
      "nothing was made",
    );
  });

  it("missing topics that may not be created are errors, a missing dead-letter topic is a warning", async () => {
    const connector = STDOUT().replace('topics = ["t"]', 'topics = ["t", "gone"]');
    const { findings } = await check(`${connector}[dead_letter]\ncreate = false\n`, { connect: true, iggy });
    assert.deepEqual(
      findings.map(({ severity, code, key }) => [severity, code, key]),
      [
        ["error", "IGC_IGGY_TOPIC_MISSING", "streams[0]"],
        ["warning", "IGC_IGGY_TOPIC_MISSING", "dead_letter"],
      ],
    );
    const created = await check(connector.replace('schema = "json"', 'schema = "json"\ncreate = true'), {
      connect: true,
      iggy,
    });
    assert.deepEqual([created.findings, created.connectors[0]?.creates[0]], [[], "s/gone"]);
  });

  it("the guarantee is the one that the plugin's own check found in its destination", async () => {
    const plugin = `import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";
export default defineSink({
  name: "weak", version: "1.0.0", description: "", schemas: ["json"], delivery: "exactly-once", config: z.strictObject({}),
  create: () => ({
    async consume() {},
    async check() {
      return { findings: [], delivery: { guarantee: "at-least-once", reason: "the store ignores conditions" } };
    },
  }),
});
`;
    const connector = STDOUT().replace('path = "stdout"', 'path = "plugin"');
    const found = await check(connector, { connect: true, iggy, plugin });
    assert.deepEqual(found.findings, []);
    assert.deepEqual(found.connectors[0]?.delivery, {
      effective: "at-least-once",
      reasons: ["the store ignores conditions"],
    });
    assert.equal((await check(connector, { plugin })).connectors[0]?.delivery?.effective, "exactly-once");
  });

  it("a refused login is a finding without the password", async () => {
    const { findings, iggy: reason } = await check(STDOUT(), { connect: true, iggy, password: "wr0ng-one" });
    assert.equal(reason, undefined);
    assert.deepEqual(
      findings.map(({ severity, key }) => [severity, key]),
      [["error", "iggy"]],
    );
    assert.match(findings[0]!.code, /^IGC_IGGY_/);
    assert.doesNotMatch(JSON.stringify(findings), /wr0ng-one/);
  });

  it("a schema registry that does not answer is a finding, and one that answers is not changed", async () => {
    const registry = await SchemaRegistryServer.start();
    const stream = `schema = "json"\n[streams.schema_registry]\nurl = "${registry.url}"`;
    const connector = STDOUT().replace('schema = "json"', stream);
    assert.deepEqual((await check(connector, { connect: true, iggy })).findings, []);
    assert.ok(registry.calls.length > 0);
    assert.ok(registry.calls.every((call) => call.startsWith("GET ")));
    await registry.close();
    const { findings } = await check(connector, { connect: true, iggy });
    assert.deepEqual(
      findings.map(({ severity, key }) => [severity, key]),
      [["error", "streams[0]"]],
    );
  });
});

test("an unreachable Iggy is reported, if a connection is requested", async () => {
  assert.match((await check(STDOUT(), { connect: true })).iggy ?? "", /ECONNREFUSED/);
  assert.equal((await check(STDOUT())).iggy, undefined);
});

const HTTP = (settings: string, more = ""): string =>
  STDOUT(settings).replace('"stdout"', '"http"').replace("[[streams]]", `${more}[[streams]]`);

test("everything that is wrong is reported at once, in our words, and nothing else is said about it", async () => {
  const { connectors, findings } = await check(
    HTTP('url = 5\ntimeout = "soon"\nheadrs = {}', 'tasks = "two"\nnme = "x"\n'),
  );
  assert.deepEqual(
    findings
      .filter(({ severity }) => severity === "error")
      .map(({ key }) => key)
      .sort(),
    ["nme", "plugin_config.headrs", "plugin_config.timeout", "plugin_config.url", "tasks"],
  );
  assert.doesNotMatch(JSON.stringify(findings), /expected|received|Invalid input/);
  assert.deepEqual(connectors, []);
  const plugin = await check(HTTP(""));
  assert.deepEqual(
    plugin.findings.map(({ key, message }) => [key, message]),
    [["plugin_config.url", "is missing"]],
  );
  assert.equal(plugin.connectors[0]?.valid, false);
});

test("config_dir is relative to the file that names it, else to the working directory, and nothing is created", async () => {
  await using folder = await temporaryFolder();
  const [home, elsewhere] = [join(folder.path, "home"), join(folder.path, "elsewhere")];
  await mkdir(join(home, "c"), { recursive: true });
  await mkdir(elsewhere);
  await writeFile(join(home, "c", "out.toml"), STDOUT());
  const configPath = join(home, "config.toml");
  const options = { configPath, connect: false, workingDirectory: elsewhere };
  await writeFile(configPath, '[connectors]\nconfig_dir = "c"\n');
  const found = await checkConfiguration({ ...options, env: {} });
  assert.deepEqual([found.folder, found.connectors.length, found.findings], [join(home, "c"), 1, []]);
  // Both exist: the one beside the file. Only the other exists: that one, as the original reads it.
  await mkdir(join(elsewhere, "c"));
  assert.equal((await checkConfiguration({ ...options, env: {} })).folder, join(home, "c"));
  await rename(join(home, "c"), join(home, "d"));
  const original = await checkConfiguration({ ...options, env: {} });
  assert.equal(original.folder, join(elsewhere, "c"));
  assert.deepEqual(
    original.findings.map(({ severity, code }) => [severity, code]),
    [["warning", "IGC_CONFIG_NO_CONNECTORS"]],
  );
  // The environment is not a file.
  const env = { IGGY_CONNECTORS_CONNECTORS_CONFIG_DIR: "../home/d" };
  assert.equal((await checkConfiguration({ ...options, env })).folder, join(home, "d"));
  await writeFile(configPath, '[connectors]\nconfig_dir = "missing"\n');
  const missing = await checkConfiguration({ ...options, env: {} });
  assert.deepEqual(
    missing.findings.map(({ severity, code, file }) => [severity, code, file]),
    [["error", "IGC_CONFIG_UNREADABLE", join(home, "missing")]],
  );
  assert.deepEqual((await readdir(elsewhere)).concat((await readdir(home)).sort()), ["c", "config.toml", "d"]);
});
