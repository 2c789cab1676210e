import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "@iggy-connectors/testing";
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

async function check(connector: string, { connect = false, iggy = "127.0.0.1:1", runtime = "" } = {}) {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, "c"));
  await writeFile(join(folder.path, "c", "out.toml"), connector);
  await writeFile(
    join(folder.path, "config.toml"),
    `${runtime}\n[connectors]\nconfig_dir = "c"\n[iggy]\naddress = "${iggy}"\npassword = "pa55word"\n`,
  );
  return await checkConfiguration({ connect, env: {}, workingDirectory: folder.path });
}

test("a configuration without fault has no findings", async () => {
  const { connectors, findings, iggy } = await check(STDOUT());
  assert.deepEqual(findings, []);
  assert.deepEqual(connectors, [{ type: "sink", key: "out", version: 2, connected: false }]);
  assert.equal(iggy, undefined);
});

test("an unknown key is an error in every file, down to the plugin's settings", async () => {
  const { findings } = await check(STDOUT("prnt_payload = true").replace("name =", 'nme = "x"\nname ='));
  assert.deepEqual(
    findings.map(({ severity, key }) => [severity, key]),
    [["error", "nme"]],
    "a file with errors is not looked at further",
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

test("a plugin that is not there, and settings that do not suit it, are errors", async () => {
  const missing = await check(STDOUT().replace('"stdout"', '"stdot"'));
  assert.equal(missing.findings[0]?.code, "IGC_PLUGIN_NOT_FOUND");
  const wrong = await check(STDOUT('print_payload = "pa55word"'));
  assert.equal(wrong.findings[0]?.key, "plugin_config.print_payload");
  assert.doesNotMatch(JSON.stringify(wrong), /pa55word/);
});

test("whether Iggy answers is part of it, unless nobody asks", async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const iggy = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const { iggy: reason, findings } = await check(STDOUT(), { connect: true, iggy });
    assert.equal(reason, undefined);
    assert.deepEqual(findings, [], "a plugin that has nothing to connect to is no finding");
  } finally {
    server.close();
  }
  assert.match((await check(STDOUT(), { connect: true, iggy })).iggy ?? "", /ECONNREFUSED/);
});
