import assert from "node:assert/strict";
import { readdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { type ScriptedRuntime, scriptedSink, startScripted } from "../../../../test/scripted-runtime.ts";

/** As one sends it; the module is the one that the files of the tests name. */
function body(folder: string, life: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    enabled: true,
    name: "A",
    path: "./plugin.ts",
    start_timeout: "5s",
    stop_timeout: "10ms",
    streams: [{ stream: "s", topics: ["t"], schema: "json" }],
    plugin_config: { lives: [life], journal: join(folder, "a.journal") },
    ...more,
  };
}

const inState = (started: ScriptedRuntime, key: string, state: string) =>
  eventually(() => started.runtime.connectors().find((one) => one.key === key)?.state === state, {
    what: `${key} ${state}`,
  });
const one = (started: ScriptedRuntime, key = "a") => started.runtime.connectors().find((each) => each.key === key);
/** Without the watcher: what happens is what the API asked for. */
const QUIET = { config: { connectors: { reload: false } } };

const sinkA = (life = "describe", more = "") => ({
  files: (folder: string) => ({ "a.toml": scriptedSink(folder, "a", life, more) }),
});

test("a version has the original's shape; its secrets and unknown settings are masked", async () => {
  await using started = await startScripted(sinkA().files, QUIET);
  await inState(started, "a", "running");
  const active = await started.ask("GET", "/sinks/a/configs/active");
  assert.deepEqual(active.body, {
    key: "a",
    enabled: true,
    version: 0,
    name: "a",
    path: "./plugin.ts",
    transforms: null,
    streams: [
      {
        stream: "s",
        topics: ["t"],
        schema: "json",
        avro_schema_json: null,
        avro_schema_path: null,
        batch_length: null,
        poll_interval: null,
        consumer_group: null,
      },
    ],
    plugin_config_format: null,
    plugin_config: {
      lives: ["describe"],
      journal: join(started.folder, "a.journal"),
      unknwn: "******",
      key: "******",
    },
    verbose: false,
    benchmark: false,
    stop_timeout: "10ms",
    active: true,
  });
  assert.deepEqual((await started.ask("GET", "/sinks/a/configs")).body, [active.body]);
  assert.deepEqual((await started.ask("GET", "/sinks/a/configs/0")).body, active.body);
});

test("unknown connectors and versions are 404, an invalid version is 400", async () => {
  await using started = await startScripted(sinkA().files, QUIET);
  assert.deepEqual(await started.ask("GET", "/sinks/x/configs"), {
    status: 404,
    type: "application/json; charset=utf-8",
    body: { code: "sink_not_found", reason: "Sink with key: x not found." },
  });
  const version = await started.ask("GET", "/sinks/a/configs/7");
  assert.equal(version.status, 404);
  assert.equal((version.body as { code: string }).code, "sink_config_not_found");
  assert.equal((await started.ask("GET", "/sinks/a/configs/x")).status, 400);
  assert.equal((await started.ask("PUT", "/sinks/a/configs/active", { version: 9 })).status, 404);
  assert.equal((await started.ask("PUT", "/sinks/a/configs/active", { version: "new" })).status, 400);
  assert.equal((await started.ask("DELETE", "/sources/a/configs?version=0")).status, 404);
  const wrong = await started.ask("PATCH", "/sinks/a/configs");
  assert.equal(wrong.status, 405);
});

test("plugin settings are shown in the requested format", async () => {
  await using started = await startScripted(
    (folder) => ({
      ...sinkA("describe", 'plugin_config_format = "yaml"').files(folder),
      "b.toml": scriptedSink(folder, "b", "run").replace(/\[plugin_config\][\s\S]*/, ""),
      "c.json": JSON.stringify({
        type: "sink",
        key: "c",
        version: 0,
        ...body(folder, "run"),
        plugin_config: { lives: null },
      }),
    }),
    QUIET,
  );
  await inState(started, "a", "running");
  const get = (path: string) => started.ask("GET", `/sinks/${path}`);
  assert.match(String((await get("a/configs/plugin")).body), /^lives:\n {2}- describe\n/);
  const toml = await get("a/configs/plugin?format=toml");
  assert.equal(toml.type, "application/toml");
  assert.match(String(toml.body), /lives = \[ "describe" \]/);
  assert.deepEqual(((await get("a/configs/plugin?format=json")).body as { lives: string[] }).lives, ["describe"]);
  assert.equal((await get("a/configs/plugin?format=text")).type, "text/plain");
  assert.equal((await get("a/configs/plugin?format=xml")).status, 400);
  assert.equal((await get("b/configs/plugin")).status, 404);
  assert.equal((await get("c/configs/plugin")).status, 400);
});

test("transforms are listed in their order, including disabled ones", async () => {
  const table =
    "[transforms.delete_fields]\nenabled = false\nfields = []\n[transforms.add_fields]\nenabled = true\nfields = []";
  await using started = await startScripted(
    (folder) => ({
      "a.toml": `${scriptedSink(folder, "a", "run")}\n${table}`,
      "b.toml": scriptedSink(folder, "b", "run"),
    }),
    QUIET,
  );
  assert.deepEqual(await started.get("/sinks/a/transforms"), [
    { type: "delete_fields", config: { enabled: false, fields: [] } },
    { type: "add_fields", config: { enabled: true, fields: [] } },
  ]);
  assert.deepEqual(await started.get("/sinks/b/transforms"), []);
});

test("a version is created, activated and runs; restarting runs the active one, not the highest", async () => {
  await using started = await startScripted(sinkA().files, QUIET);
  await inState(started, "a", "running");
  const created = await started.ask("POST", "/sinks/a/configs", body(started.folder, "run", { name: "New" }));
  assert.equal(created.status, 200);
  const { version, active, key, name } = created.body as Record<string, unknown>;
  assert.deepEqual({ version, active, key, name }, { version: 1, active: false, key: "a", name: "New" });
  assert.equal(one(started)?.version, 0, "what is stored does not run by that");
  assert.equal((await started.ask("POST", "/sinks/a/restart")).status, 204);
  assert.equal(one(started)?.version, 0);
  assert.equal((await started.ask("PUT", "/sinks/a/configs/active", { version: 1 })).status, 204);
  assert.equal(one(started)?.version, 1);
  assert.equal(one(started)?.name, "New");
  const versions = (await started.get("/sinks/a/configs")) as { version: number; active: boolean }[];
  assert.deepEqual(
    versions.map((each) => [each.version, each.active]),
    [
      [0, false],
      [1, true],
    ],
  );
  assert.equal((await started.ask("DELETE", "/sinks/a/configs?version=1")).status, 204);
  await inState(started, "a", "running");
  await eventually(() => one(started)?.version === 0);
});

test("an invalid configuration is refused with every finding, and is not stored", async () => {
  await using started = await startScripted(sinkA().files, QUIET);
  const wrong = { ...body(started.folder, "run"), streams: [{ topics: ["t"], schema: "jsn" }], tasks: "two" };
  const reply = await started.ask("POST", "/sinks/a/configs", wrong);
  assert.equal(reply.status, 400);
  const { code, details } = reply.body as { code: string; details: { key: string; fix: string }[] };
  assert.equal(code, "invalid_configuration");
  assert.deepEqual(details.map(({ key }) => key).sort(), ["streams[0].schema", "streams[0].stream", "tasks"]);
  assert.equal((await started.ask("POST", "/sinks/a/configs", [])).status, 400);
  const text = await fetch(`http://${started.runtime.address}/sinks/a/configs`, {
    method: "POST",
    body: "{",
    headers: { "content-type": "application/json" },
  });
  assert.equal(text.status, 400);
  assert.match(((await text.json()) as { reason: string }).reason, /not JSON/);
  assert.equal(((await started.get("/sinks/a/configs")) as unknown[]).length, 1);
});

test("code that is not allowed is refused over the API", async () => {
  await using started = await startScripted(
    (folder) => ({ ...sinkA().files(folder), "other.ts": "export default {}", "mine.ts": "export default {}" }),
    { config: { connectors: { reload: false, allowed_paths: ["connectors/mine.ts"] } } },
  );
  const put = (path: string) => started.ask("PUT", "/sinks/new?dry_run=true", body(started.folder, "run", { path }));
  for (const path of ["./other.ts", "/bin/sh", "../x", "evil-package"]) {
    const { valid, findings } = (await put(path)).body as { valid: boolean; findings: { code: string }[] };
    assert.equal(valid, false, path);
    assert.ok(findings.some(({ code }) => code === "IGC_CONFIG_PATH_NOT_ALLOWED"));
  }
  assert.equal(((await put("./mine.ts")).body as { valid: boolean }).valid, true);
});

test("a script is code, too", async () => {
  await using started = await startScripted((folder) => ({ ...sinkA().files(folder), "evil.ts": "", "good.ts": "" }), {
    config: { connectors: { reload: false, allowed_paths: ["connectors/good.ts"] } },
  });
  const preview = async (path: string) => {
    const transforms = [{ type: "script", path }];
    const sent = body(started.folder, "run", { transforms });
    const { body: answer } = await started.ask("PUT", "/sinks/a?dry_run=true", sent);
    return (answer as { findings: { key: string }[] }).findings.map(({ key }) => key);
  };
  assert.deepEqual(await preview("./evil.ts"), ["transforms"]);
  assert.deepEqual(await preview("./good.ts"), []);
});

test("a configuration that is read, edited and sent back keeps its secrets", async () => {
  await using started = await startScripted(sinkA().files, {
    ...QUIET,
    env: { IGGY_CONNECTORS_SINK_A_PLUGIN_CONFIG_OUTSIDE: "from-the-environment" },
  });
  await inState(started, "a", "running");
  const { active: _active, ...shown } = (await started.get("/sinks/a/configs/active")) as Record<string, unknown>;
  assert.equal((shown.plugin_config as Record<string, unknown>).outside, "******");
  const sent = { ...shown, name: "Edited" };
  const reply = await started.ask("PUT", "/sinks/a", sent);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  const stored = await readFile(join(started.folder, "connectors", "sink_a_1.toml"), "utf8");
  assert.match(stored, /key = "marked-secret"/);
  assert.doesNotMatch(stored, /\*{6}|from-the-environment/);
  assert.equal(one(started)?.name, "Edited");
  const masked = await started.ask("PUT", "/sinks/b", { ...sent, path: "./plugin.ts" });
  assert.equal(masked.status, 400);
});

test("a connector is created, replaced, left unchanged and deleted by one request each", async () => {
  await using started = await startScripted((folder) => ({ "b.toml": scriptedSink(folder, "b", "run") }), {
    config: { connectors: { reload: false, allowed_paths: ["./plugin.ts"] } },
  });
  const first = await started.ask("PUT", "/sinks/a", body(started.folder, "run"));
  assert.deepEqual(
    (({ version, outcome, state, active }) => ({ version, outcome, state, active }))(first.body as never),
    { version: 0, outcome: "created", state: "running", active: true },
  );
  const id = one(started)?.id;
  const same = await started.ask("PUT", "/sinks/a", body(started.folder, "run"));
  assert.equal((same.body as { outcome: string }).outcome, "unchanged");
  assert.equal(one(started)?.id, id, "it was not touched");
  const preview = await started.ask("PUT", "/sinks/a?dry_run=true", body(started.folder, "run", { tasks: 2 }));
  assert.deepEqual(preview.body, { valid: true, findings: [], changes: ["tasks"] });
  const second = await started.ask("PUT", "/sinks/a", body(started.folder, "run", { tasks: 2 }));
  assert.equal((second.body as { outcome: string }).outcome, "replaced");
  assert.equal(one(started)?.tasks.length, 2);
  assert.equal((await started.ask("DELETE", "/sinks/a")).status, 204);
  assert.equal(one(started), undefined);
  assert.equal((await started.ask("DELETE", "/sinks/a")).status, 404);
  assert.equal((await started.ask("DELETE", "/sinks/b?purge=everything")).status, 400);
  assert.equal(one(started, "b")?.state, "running", "the other one was not touched");
  const names = await readdir(join(started.folder, "connectors"));
  assert.ok(!names.some((name) => name.startsWith("sink_a_")));
});

test("a version that does not become healthy is deactivated, and the answer gives the reason", async () => {
  await using started = await startScripted(sinkA("run").files, QUIET);
  await inState(started, "a", "running");
  const bad = body(started.folder, "fatal", {
    plugin_config: { lives: ["fatal"], journal: join(started.folder, "x") },
  });
  const reply = await started.ask("PUT", "/sinks/a", bad);
  assert.equal(reply.status, 422);
  const { code, reason, details } = reply.body as { code: string; reason: string; details: unknown };
  assert.equal(code, "not_healthy");
  assert.match(reason, /Version 1 did not become healthy; version 0 runs again: wrong password/);
  assert.deepEqual(details, { version: 1, running_version: 0, code: "IGC_SINK_AUTH" });
  await inState(started, "a", "running");
  assert.equal(one(started)?.version, 0);
  assert.match(await readFile(join(started.folder, "connectors", ".active_versions.toml"), "utf8"), /a = 0/);
});

test("without the folder nothing can be stored, and the reason is given", async () => {
  await using started = await startScripted(sinkA("run").files, QUIET);
  await writeFile(join(started.folder, "connectors", ".active_versions.toml"), "broken");
  const reply = await started.ask("PUT", "/sinks/a/configs/active", { version: 0 });
  assert.equal(reply.status, 500);
  assert.match((reply.body as { reason: string }).reason, /not valid TOML/);
  await unlink(join(started.folder, "connectors", ".active_versions.toml"));
});

test("a secret in a wrong key is shown nowhere", async () => {
  await using started = await startScripted(
    (folder) => ({ "a.toml": scriptedSink(folder, "a", "run", `tasks = "\${file:${join(folder, "secret")}}"`) }),
    { ...QUIET, config: { ...QUIET.config, state: { path: "secret-state" } } },
  );
  await writeFile(join(started.folder, "secret"), "s3cret-value");
  await started.ask("POST", "/sinks/a/restart");
  const told = [
    await started.get("/errors"),
    await started.get("/sinks"),
    await started.ask("POST", "/sinks/a/restart"),
  ];
  assert.match(JSON.stringify(told), /tasks/);
  assert.doesNotMatch(JSON.stringify(told), /s3cret-value/);
});

const REAL_SINK = `import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";
export default defineSink({
  name: "real", version: "1.0.0", description: "Real", schemas: ["json"], delivery: "at-least-once",
  config: z.object({}), create: () => ({ async consume() {} }),
});`;

test("validation also compiles the transforms", async () => {
  await using started = await startScripted((folder) => ({ ...sinkA().files(folder), "real.ts": REAL_SINK }), {
    config: { connectors: { reload: false, allowed_paths: ["connectors/real.ts"] } },
  });
  const validate = async (transforms: unknown) => {
    const sent = body(started.folder, "run", { path: "./real.ts", plugin_config: {}, transforms });
    const { body: answer } = await started.ask("POST", "/sinks/validate", sent);
    return (answer as { findings: { code: string; key: string | null }[] }).findings.map(({ code, key }) => [
      code,
      key,
    ]);
  };
  assert.deepEqual(await validate([{ type: "flatten" }]), []);
  assert.deepEqual(await validate([{ type: "cast", fields: { a: "int" } }]), [
    ["IGC_CONFIG_TRANSFORM_INVALID", "transforms[0].fields.a"],
  ]);
  assert.deepEqual(await validate([{ type: "filter", condition: "payload." }]), [
    ["IGC_CONFIG_TRANSFORM_INVALID", "transforms[0].condition"],
  ]);
});
