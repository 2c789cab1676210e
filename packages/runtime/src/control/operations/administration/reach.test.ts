// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of the configuration
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { type ScriptedRuntime, scriptedSink, startScripted } from "../../../../test/scripted-runtime.ts";

// What a configuration that is sent over the API may reach: nothing of the machine that its sender was not given.

const stream = { stream: "s", topics: ["t"], schema: "json" };
const sink = (path: string, plugin_config: unknown, more: object = {}): Record<string, unknown> => ({
  ...{ enabled: false, name: "N", path, streams: [stream], plugin_config },
  ...more,
});

/** A sink whose secrets an operator wrote into its file, as values, as placeholders and from the environment. */
const OPERATORS = `type = "sink"
key = "out"
enabled = false
version = 0
name = "Out"
path = "http"
[[streams]]
stream = "s"
topics = ["t"]
schema = "avro"
schema_registry = { url = "http://registry:8081", password = "registry-secret" }
[[transforms]]
type = "hash_fields"
fields = ["a"]
algorithm = "sha256"
key = "hash-secret"
[plugin_config]
url = "http://target.internal/in"
timeout = "5s"
[plugin_config.headers]
authorization = "Bearer \${TOKEN}"
[plugin_config.auth]
type = "basic"
username = "u"
password = "stored-secret"
`;

const start = (config: object = {}, env: NodeJS.ProcessEnv = {}): Promise<ScriptedRuntime> =>
  startScripted((folder) => ({ "out.toml": OPERATORS, "mine.toml": scriptedSink(folder, "mine", "run") }), {
    env: { TOKEN: "token-secret", HOME: "/home/secret", ...env },
    config: { connectors: { reload: false }, ...config },
  });

/** The codes of the errors that a configuration meets, each with its key; the API gives the same for all ways to send one. */
async function errors(started: ScriptedRuntime, key: string, sent: unknown): Promise<string[]> {
  const preview = await started.ask("PUT", `/sinks/${key}?dry_run=true`, sent);
  const { findings, valid } = preview.body as {
    valid: boolean;
    findings: { severity: string; code: string; key: string }[];
  };
  const found = findings.filter(({ severity }) => severity === "error").map((one) => `${one.code} ${one.key}`);
  assert.equal(valid, found.length === 0);
  if (found.length === 0) return found;
  for (const [method, path] of [
    ["PUT", `/sinks/${key}`],
    ["POST", `/sinks/${key}/configs`],
  ] as const) {
    const { status, body } = await started.ask(method, path, sent);
    assert.equal(status, 400, `${method} ${path}`);
    const { details } = body as { details: { code: string; key: string }[] };
    assert.deepEqual(
      details.map((one) => `${one.code} ${one.key}`),
      found,
    );
  }
  for (const connect of ["", "?connect=true"]) {
    const { body } = await started.ask("POST", `/sinks/validate${connect}`, { ...(sent as object), key });
    assert.equal((body as { valid: boolean }).valid, false);
  }
  return found;
}

const shown = async (started: ScriptedRuntime): Promise<Record<string, unknown>> => {
  const {
    active: _active,
    version: _version,
    ...rest
  } = (await started.get("/sinks/out/configs/0")) as Record<string, unknown>;
  return rest;
};

/** A copy with one value replaced. */
function edited(config: unknown, path: readonly (string | number)[], value: unknown): Record<string, unknown> {
  const copy = structuredClone(config) as Record<string, unknown>;
  let at = copy as Record<string | number, unknown>;
  for (const segment of path.slice(0, -1)) at = at[segment] as Record<string | number, unknown>;
  at[path.at(-1)!] = value;
  return copy;
}

test("placeholders in what is sent read no variable and no file", async () => {
  await using started = await start();
  const secret = join(started.folder, "secret");
  await writeFile(secret, "file-secret");
  for (const text of [
    "http://elsewhere/?f=${file:SECRET}&e=${HOME}",
    "${HOME}",
    "${HOME:default}",
    "${NOT_SET:default}",
    "$${a} ${HOME}",
    "${file:/dev/zero}",
    "${file:../secret}",
  ]) {
    const url = text.replace("SECRET", secret);
    const found = await errors(started, "new", sink("http", { url }));
    assert.deepEqual(found, ["IGC_CONFIG_PLACEHOLDER_NOT_ALLOWED plugin_config.url"], url);
  }
  const everywhere = sink(
    "http",
    { url: "http://x/", headers: { a: "${HOME}" } },
    {
      name: "${HOME}",
      streams: [{ ...stream, consumer_group: "${HOME}" }],
      transforms: [{ type: "add_fields", fields: [{ key: "a", value: { static: "${HOME}" } }] }],
      log_level: "${HOME}",
    },
  );
  const found = await errors(started, "new", everywhere);
  assert.equal(found.filter((one) => one.startsWith("IGC_CONFIG_PLACEHOLDER_NOT_ALLOWED")).length, 5, found.join());
  // Escaped text is text, and so is what looks like no placeholder.
  for (const url of ["http://x/$${HOME}", "http://x/$$${HOME}", "http://x/$HOME", "http://x/${a b}"]) {
    assert.deepEqual(await errors(started, "new", sink("http", { url })), []);
  }
});

test("placeholders that the operator has allowed are read, and no others", async () => {
  await using started = await start({ http: { allowed_placeholders: ["TOKEN", "file:given"] } });
  await mkdir(join(started.folder, "given"));
  await writeFile(join(started.folder, "given", "a"), "x");
  await writeFile(join(started.folder, "given-not"), "x");
  const allowed = [
    "${TOKEN}",
    "${file:given/a}",
    "${file:given/../given/a}",
    `\${file:${join(started.folder, "given/a")}}`,
  ];
  for (const name of allowed)
    assert.deepEqual(await errors(started, "new", sink("http", { url: `http://x/${name}` })), []);
  for (const name of [
    "${TOKEN2:x}",
    "${HOME}",
    "${file:given-not}",
    "${file:given/../given-not}",
    "${file:/etc/hostname}",
  ]) {
    const found = await errors(started, "new", sink("http", { url: `http://x/${name}` }));
    assert.deepEqual(found, ["IGC_CONFIG_PLACEHOLDER_NOT_ALLOWED plugin_config.url"], name);
  }
});

test("what an operator wrote into a file is interpolated as before, and may be sent back", async () => {
  await using started = await start();
  const config = await shown(started);
  assert.deepEqual(await errors(started, "out", config), []);
  // Settings that cannot name a destination may be changed at the same time.
  assert.deepEqual(await errors(started, "out", edited(config, ["plugin_config", "timeout"], "9s")), []);
  assert.deepEqual(await errors(started, "out", { ...config, name: "Other", tasks: 2 }), []);
  assert.deepEqual(await errors(started, "out", edited(config, ["streams", 0, "topics"], ["u"])), []);
  const put = await started.ask("PUT", "/sinks/out", { ...config, name: "Edited" });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  const stored = await readFile(join(started.folder, "connectors", "sink_out_1.toml"), "utf8");
  assert.match(stored, /Bearer \$\{TOKEN\}/);
  assert.match(stored, /stored-secret/);
  assert.doesNotMatch(stored, /token-secret|\*{6}/);
});

test("a secret that is kept goes where it went before, and nowhere else", async () => {
  await using started = await start();
  const config = await shown(started);
  const moved: readonly (readonly [readonly (string | number)[], unknown])[] = [
    [["path"], "elasticsearch"],
    [["plugin_config", "url"], "http://elsewhere/"],
    [["plugin_config", "url"], "http://target.internal/other"],
    [["plugin_config", "auth", "type"], "bearer"],
    [["plugin_config", "auth", "username"], "other"],
    [["plugin_config", "proxy"], "http://elsewhere/"],
    [["plugin_config", "tls"], { skip_verify: true }],
    [["streams", 0, "schema_registry", "url"], "http://elsewhere/"],
    [["transforms", 0, "type"], "mask_fields"],
  ];
  for (const [path, value] of moved) {
    const found = await errors(started, "out", edited(config, path, value));
    assert.ok(
      found.some((one) => one.startsWith("IGC_CONFIG_SECRET_MOVED")),
      `${path.join(".")}: ${found.join(", ")}`,
    );
  }
  // A header with a placeholder is shown as a mask; written out, it moves no more than the mask does.
  const written = edited(config, ["plugin_config", "headers"], { authorization: "Bearer ${TOKEN}" });
  assert.deepEqual(await errors(started, "out", written), []);
  const elsewhere = edited(written, ["plugin_config", "url"], "http://elsewhere/");
  assert.ok(
    (await errors(started, "out", elsewhere)).includes("IGC_CONFIG_SECRET_MOVED plugin_config.headers.authorization"),
  );
  // Who knows the secrets may send them anywhere.
  const known = sink("http", { url: "http://elsewhere/", auth: { type: "basic", username: "u", password: "new" } });
  assert.deepEqual(await errors(started, "out", known), []);
  // A mask at another place, and of another connector, stands for nothing.
  const masked = sink("http", { url: "http://x/", auth: { type: "bearer", token: "******" } });
  assert.ok((await errors(started, "out", masked)).some((one) => one.startsWith("IGC_CONFIG_MASKED")));
  assert.ok((await errors(started, "mine", masked)).some((one) => one.startsWith("IGC_CONFIG_MASKED")));
});

test("a secret that the environment gives a connector does not follow an edited address", async () => {
  const env = { IGGY_CONNECTORS_SINK_OUT_PLUGIN_CONFIG_AUTH__PASSWORD: "env-secret" };
  await using started = await start(
    {},
    { ...env, IGGY_CONNECTORS_SINK_NEW_PLUGIN_CONFIG_AUTH__PASSWORD: "env-secret" },
  );
  const config = await shown(started);
  assert.deepEqual(await errors(started, "out", config), []);
  const known = { url: "http://elsewhere/", auth: { type: "basic", username: "u", password: "mine" } };
  const moved = await errors(started, "out", sink("http", known));
  assert.deepEqual(moved, ["IGC_CONFIG_SECRET_MOVED plugin_config.auth.password"]);
  assert.deepEqual(await errors(started, "new", sink("http", known)), [
    "IGC_CONFIG_SECRET_MOVED plugin_config.auth.password",
  ]);
});

test("files and folders are read and written only where connectors.allowed_files says so", async () => {
  await using started = await start({ connectors: { reload: false, allowed_files: ["given", "/srv/given"] } });
  await mkdir(join(started.folder, "given"));
  for (const path of [
    "/etc/cron.d",
    "connectors/{topic}",
    "given/../connectors",
    "{stream}",
    "local_state",
    "/srv/given2/{topic}",
    "-",
  ]) {
    assert.deepEqual(
      await errors(started, "new", sink("file", { path })),
      ["IGC_CONFIG_FILE_NOT_ALLOWED plugin_config.path"],
      path,
    );
  }
  for (const path of ["given", "given/{stream}/{topic}", "./given/../given/x", "/srv/given/{topic}"]) {
    assert.deepEqual(await errors(started, "new", sink("file", { path })), [], path);
  }
  const source = { ...sink("file", { path: "/etc/passwd" }), streams: [{ stream: "s", topic: "t", schema: "text" }] };
  const { body } = await started.ask("PUT", "/sources/new?dry_run=true", source);
  assert.deepEqual(
    (body as { findings: { code: string }[] }).findings.map(({ code }) => code),
    ["IGC_CONFIG_FILE_NOT_ALLOWED"],
  );
  const http = { url: "https://x/" };
  const table: readonly (readonly [object, string])[] = [
    [sink("http", { ...http, tls: { ca_file: "/etc/passwd" } }), "plugin_config.tls.ca_file"],
    [
      sink("http", http, { streams: [{ ...stream, schema: "avro", avro_schema_path: "/etc/passwd" }] }),
      "streams[0].avro_schema_path",
    ],
    [
      sink("http", http, { streams: [{ ...stream, schema: "proto", proto_include_paths: ["/etc"] }] }),
      "streams[0].proto_include_paths[0]",
    ],
    [
      sink("http", http, { streams: [{ ...stream, schema: "proto", proto_descriptor_set: "/etc/passwd" }] }),
      "streams[0].proto_descriptor_set",
    ],
    [
      sink("http", http, { transforms: [{ type: "validate", schema_path: "/etc/passwd" }] }),
      "transforms[0].schema_path",
    ],
    [
      sink("http", http, {
        transforms: { proto_convert: { enabled: true, schema_path: "/etc/passwd", message_type: "M" } },
      }),
      "transforms.proto_convert.schema_path",
    ],
    [
      sink("http", http, { transforms: [{ type: "avro_convert", schema_path: "../x.avsc" }] }),
      "transforms[0].schema_path",
    ],
  ];
  for (const [sent, key] of table) {
    assert.ok((await errors(started, "new", sent)).includes(`IGC_CONFIG_FILE_NOT_ALLOWED ${key}`), key);
  }
  const inline = sink("http", http, {
    streams: [{ ...stream, schema: "proto", proto_descriptor_set: "CgVhLnByb3Rv" }],
  });
  assert.ok(!(await errors(started, "new", inline)).some((one) => one.includes("FILE_NOT_ALLOWED")));
});

test("a secret is not sent although its connector is edited while it runs", async () => {
  await using started = await start();
  await eventually(() => started.runtime.connectors().some(({ key, state }) => key === "mine" && state === "running"));
  const before = started.runtime.connectors().find(({ key }) => key === "mine")?.id;
  const body = (await started.get("/sinks/mine/configs/active")) as Record<string, unknown>;
  const { status } = await started.ask("PUT", "/sinks/mine", edited(body, ["plugin_config", "lives"], ["fatal"]));
  assert.equal(status, 400);
  assert.equal(started.runtime.connectors().find(({ key }) => key === "mine")?.id, before);
});
