import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, Killable, type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";
import { checkConfiguration } from "./operations/check/check-configuration.ts";

const MAIN = fileURLToPath(new URL("../../test/run-process-main.ts", import.meta.url));

function run(folder: TemporaryFolder, config: string, environment: NodeJS.ProcessEnv = {}): Killable {
  return new Killable(MAIN, {
    environment: {
      IGGY_CONNECTORS_CONFIG_PATH: join(folder.path, config),
      IGGY_CONNECTORS_STATE_PATH: join(folder.path, "state"),
      ...environment,
    },
  });
}

async function files(life: string): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  await writeFile(join(folder.path, "plugin.ts"), "export default {};");
  await writeFile(
    join(folder.path, "config.toml"),
    `[http]\naddress = "127.0.0.1:0"\n[connectors]\nconfig_dir = ${JSON.stringify(folder.path)}\n`,
  );
  await writeFile(
    join(folder.path, "sink.yaml"),
    `{type: sink, key: a, enabled: true, version: 0, name: A, path: ./plugin.ts,
      streams: [{stream: s, topics: [t], schema: json}],
      plugin_config: {lives: [${life}], journal: ${join(folder.path, "journal")}}}`,
  );
  return folder;
}

test("a process runs until SIGTERM and ends with 0", async () => {
  await using folder = await files("run");
  // The runtime's own file lies beside its connectors and is none of them.
  await using child = run(folder, "config.toml", { IGGY_CONNECTORS_LOGGING_FORMAT: "json" });
  await eventually(() => child.output.includes("sink a is running"));
  assert.equal(await child.stop(), 0);
  const [banner, ...lines] = child.output.trimEnd().split("\n");
  assert.match(banner ?? "", /^Iggy Connectors \d+\.\d+\.\d+$/);
  const messages = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line).fields.message);
  assert.ok(!messages.includes("is missing"));
  assert.equal(messages.at(-1), "stopped", "the last lines are written, too");
});

test("a second signal ends the process at once", async () => {
  await using folder = await files("run-deaf");
  await using child = run(folder, "config.toml");
  await eventually(() => child.output.includes("sink a is running"));
  child.child.kill("SIGTERM");
  await once(child.child, "message");
  child.child.kill("SIGTERM");
  assert.equal(await child.exited, 130);
});

const NO_FIFO = { skip: process.platform === "win32" && "no FIFO" };

for (const life of ["mount", "mount-async", "block"]) {
  test(`shutdown_timeout holds for a worker that does not end (${life})`, NO_FIFO, async () => {
    await using folder = await files(life);
    const timeout = { IGGY_CONNECTORS_SHUTDOWN_TIMEOUT: "300ms" };
    await using child = run(folder, "config.toml", timeout);
    await eventually(() => child.output.includes("sink a is running"));
    child.child.kill("SIGTERM");
    assert.equal(await child.exited, 0);
  });

  test(`a second signal ends the process whatever hangs (${life})`, NO_FIFO, async () => {
    await using folder = await files(life);
    await using child = run(folder, "config.toml");
    await eventually(() => child.output.includes("sink a is running"));
    child.child.kill("SIGTERM");
    await once(child.child, "message");
    child.child.kill("SIGINT");
    assert.equal(await child.exited, 130);
  });
}

test("a second runtime on the same state folder is refused, also where another container has it", async () => {
  await using folder = await files("run");
  await using first = run(folder, "config.toml");
  await eventually(() => first.output.includes("sink a is running"));
  await using second = run(folder, "config.toml");
  assert.equal(await second.exited, 1);
  assert.match(
    second.output,
    new RegExp(
      `IGC_STATE_FOLDER_LOCKED \\(state\\.path\\): the state folder .* is in use by process ${first.child.pid}`,
    ),
  );
  assert.doesNotMatch(second.output, /sink a is/, "no connector was started");
  const report = await checkConfiguration({
    connect: false,
    configPath: join(folder.path, "config.toml"),
    env: { IGGY_CONNECTORS_STATE_PATH: join(folder.path, "state") },
  });
  assert.equal(report.file, join(folder.path, "config.toml"), "what only reads works beside it");
  first.child.kill("SIGKILL");
  await first.exited;
  await using third = run(folder, "config.toml");
  await eventually(() => third.output.includes("sink a is running"));
  assert.equal(await third.stop(), 0);
});

test("a bad configuration ends it with 3 and all findings", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "config.toml"), '[http]\nenabled = 1\n[iggy]\naddres = "x"\naddress = 5\n');
  await using child = run(folder, "config.toml");
  assert.equal(await child.exited, 3);
  assert.match(child.output, /\(2 errors\)/);
  assert.match(child.output, /config\.toml:2 http\.enabled: .*write true or false/);
  assert.match(child.output, /config\.toml:5 iggy\.address/);
  assert.match(child.output, /config\.toml:4 iggy\.addres: unknown key; did you mean address\?/);
  assert.doesNotMatch(child.output, /\n\s+at /, "no stack trace");
});

test("a file that does not exist ends it with 3, a busy port with 1", async () => {
  await using folder = await files("run");
  await using missing = run(folder, "nowhere.toml");
  assert.equal(await missing.exited, 3);
  assert.match(missing.output, /nowhere\.toml: the configuration file does not exist/);

  await using first = run(folder, "config.toml");
  const port = await eventually(() => /address="127\.0\.0\.1:(\d+)"/.exec(first.output)?.[1]);
  await using second = run(folder, "config.toml", {
    IGGY_CONNECTORS_HTTP_ADDRESS: `127.0.0.1:${port}`,
    IGGY_CONNECTORS_STATE_PATH: join(folder.path, "other_state"),
  });
  assert.equal(await second.exited, 1);
  assert.match(second.output, /IGC_HTTP_PORT_IN_USE \(http\.address\)/);
  assert.doesNotMatch(second.output, /\n\s+at /, "no stack trace");
});
