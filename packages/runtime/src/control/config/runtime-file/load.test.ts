// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders in plain strings are what is tested
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "@iggy-connectors/testing";
import { typesOf } from "../../../shared/schema-tree/schema-tree.ts";
import { variablesOf } from "../environment/variables.ts";
import { type ConfigProblem, ConfigurationError, formatProblem } from "../problem.ts";
import { type LoadOptions, loadRuntimeConfig } from "./load.ts";
import { runtimeFileTree } from "./schema.ts";

/** The least that is needed. */
const DIRECTORY = { connectors: { config_dir: "connectors" } };

async function load(toml: string, environment: NodeJS.ProcessEnv = {}, more: Partial<LoadOptions> = {}) {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "config.toml"), toml);
  return await loadRuntimeConfig({ environment, workingDirectory: folder.path, ...more });
}

async function problems(toml: string, environment: NodeJS.ProcessEnv = {}): Promise<readonly ConfigProblem[]> {
  try {
    await load(toml, environment);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.problems.map((problem) => ({ ...problem, file: problem.file?.replace(/^.*\//, "") }));
  }
  return assert.fail("it was accepted");
}

test("the defaults are the original's, in addition to ours", async () => {
  const { config, file, warnings } = await loadRuntimeConfig({
    config: DIRECTORY,
    environment: {},
    workingDirectory: "/",
  });
  assert.equal(file, undefined);
  assert.deepEqual(warnings, []);
  assert.deepEqual(config, {
    strict: false,
    shutdown_timeout: 30_000,
    http: {
      enabled: true,
      address: "127.0.0.1:8081",
      api_key: "",
      allowed_placeholders: [],
      allowed_hosts: [],
      allow_insecure: false,
      max_body_size: 2 * 1024 * 1024,
      console: true,
      docs: true,
      cors: {
        enabled: false,
        allowed_methods: ["GET", "POST", "PUT", "DELETE"],
        allowed_origins: ["*"],
        allowed_headers: ["content-type"],
        exposed_headers: [""],
        allow_credentials: false,
        allow_private_network: false,
      },
      metrics: { enabled: false, endpoint: "/metrics" },
      tls: { enabled: false, cert_file: "core/certs/iggy_cert.pem", key_file: "core/certs/iggy_key.pem" },
    },
    iggy: {
      address: "localhost:8090",
      username: "iggy",
      password: "iggy",
      token: "",
      tls: { enabled: false, ca_file: "core/certs/iggy_ca_cert.pem", domain: "" },
    },
    state: { path: "local_state", backend: "file", stream: "iggy_connectors", interval: 1000 },
    leases: { check_interval: 2000 },
    dead_letter: {
      stream: "iggy_connectors",
      topic: "dead_letter_{type}_{key}",
      create: true,
      retention: 30 * 86_400_000,
      max_size: 1024 ** 3,
      max_payload: 0,
    },
    connectors: {
      config_type: "local",
      config_dir: "/connectors",
      reload: true,
      poll_interval: 60_000,
      restart: { initial_backoff: 1000, max_backoff: 60_000 },
      allowed_paths: [],
      allowed_files: [],
      timeout: 10_000,
      request_headers: {},
      url_templates: {},
      response: {},
      retry: {
        enabled: true,
        max_attempts: 3,
        initial_backoff: 1000,
        max_backoff: 30_000,
        backoff_multiplier: 2,
      },
    },
    telemetry: {
      enabled: false,
      service_name: "iggy-connectors",
      logs: { transport: "grpc", endpoint: "http://localhost:4317" },
      traces: { transport: "grpc", endpoint: "http://localhost:4317" },
      metrics: { enabled: false, transport: "grpc", endpoint: "http://localhost:4317" },
    },
    logging: { format: "text", level: "info" },
  });
});

test("every variable of the original sets its key", () => {
  const known = new Map(
    variablesOf(runtimeFileTree, "IGGY_CONNECTORS").map(({ name, path }) => [name, path.join(".")]),
  );
  const original: Record<string, readonly string[]> = {
    HTTP: ["ENABLED", "ADDRESS", "API_KEY"],
    HTTP_CORS: ["ENABLED", "ALLOWED_METHODS", "ALLOWED_ORIGINS", "ALLOWED_HEADERS", "EXPOSED_HEADERS"],
    HTTP_TLS: ["ENABLED", "CERT_FILE", "KEY_FILE"],
    HTTP_METRICS: ["ENABLED", "ENDPOINT"],
    IGGY: ["ADDRESS", "USERNAME", "PASSWORD", "TOKEN"],
    IGGY_TLS: ["ENABLED", "CA_FILE", "DOMAIN"],
    CONNECTORS: ["CONFIG_TYPE", "CONFIG_DIR", "BASE_URL", "TIMEOUT"],
    CONNECTORS_RESPONSE: ["DATA_PATH", "ERROR_PATH"],
    CONNECTORS_RETRY: ["ENABLED", "MAX_ATTEMPTS", "INITIAL_BACKOFF", "MAX_BACKOFF", "BACKOFF_MULTIPLIER"],
    STATE: ["PATH"],
    TELEMETRY: ["ENABLED", "SERVICE_NAME"],
    TELEMETRY_LOGS: ["TRANSPORT", "ENDPOINT"],
    TELEMETRY_TRACES: ["TRANSPORT", "ENDPOINT"],
    LOGGING: ["FORMAT"],
  };
  for (const [section, keys] of Object.entries(original)) {
    for (const key of keys) {
      const path = `${section.toLowerCase().replace("_", ".")}.${key.toLowerCase()}`;
      assert.equal(known.get(`IGGY_CONNECTORS_${section}_${key}`), path);
    }
  }
  assert.ok(known.has("IGGY_CONNECTORS_HTTP_CORS_ALLOW_CREDENTIALS"));
  assert.ok(known.has("IGGY_CONNECTORS_HTTP_CORS_ALLOW_PRIVATE_NETWORK"));
  assert.ok(!known.has("IGGY_CONNECTORS_CONNECTORS_REQUEST_HEADERS"));
});

test("every variable can be set, and its value takes the type of its key", async () => {
  const values = new Map<string, string>([
    ["boolean", "TRUE"],
    ["integer", "7"],
    ["array", '[a, "b,c"]'],
    ["string", "12345"],
  ]);
  for (const { name, path, node } of variablesOf(runtimeFileTree, "IGGY_CONNECTORS")) {
    const types = typesOf(node);
    const [choice] = Array.isArray(node.enum) ? (node.enum as string[]) : [];
    const text = choice ?? values.get(["string", "array", "boolean", "integer"].find((type) => types.has(type)) ?? "");
    assert.ok(text !== undefined, `${name} has a type`);
    const error = await load("", { [name]: text }).then(
      () => undefined,
      (thrown: ConfigurationError) => thrown,
    );
    // Nothing may complain about the type; what else is wrong with such a value is other tests' business.
    const complaints = (error?.problems ?? []).filter(({ key, message }) => {
      return key?.startsWith(name) === true && /must be (a|an) |sets no configuration key/.test(message);
    });
    assert.deepEqual(complaints, [], `${name} (${path.join(".")})`);
  }
});

test("file, environment and the caller's values win in this order; tables merge, lists are replaced", async () => {
  const toml = `
[http]
address = "127.0.0.1:1"
[http.cors]
allowed_methods = ["GET"]
[iggy]
address = "a:1"
username = "file"
[connectors]
config_dir = "c"`;
  const environment = { IGGY_CONNECTORS_IGGY_ADDRESS: "b:2", IGGY_CONNECTORS_HTTP_ADDRESS: "127.0.0.1:2" };
  await using folder = await temporaryFolder();
  const path = join(folder.path, "my.toml");
  await writeFile(path, toml);
  const { config, overrides } = await loadRuntimeConfig({
    configPath: path,
    config: { http: { address: "127.0.0.1:3" } },
    environment,
    workingDirectory: folder.path,
  });
  assert.equal(config.http.address, "127.0.0.1:3");
  assert.equal(config.iggy.address, "b:2");
  assert.equal(config.iggy.username, "file");
  assert.equal(config.iggy.password, "iggy");
  assert.deepEqual(config.http.cors.allowed_methods, ["GET"]);
  assert.deepEqual(overrides.map(({ variable }) => variable).sort(), Object.keys(environment).sort());
});

test("a numeric password stays text, also from a file", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "password");
  await writeFile(file, "0123\n");
  const toml = '[connectors]\nconfig_dir = "c"';
  assert.equal((await load(toml, { IGGY_CONNECTORS_IGGY_PASSWORD: "0123" })).config.iggy.password, "0123");
  const loaded = await load(toml, { IGGY_CONNECTORS_IGGY_PASSWORD_FILE: file });
  assert.equal(loaded.config.iggy.password, "0123");
  assert.deepEqual(loaded.secrets, ["0123"]);
});

test("all findings come at once, each with line, key and fix", async () => {
  const found = await problems(
    `strct = true
[http]
enabled = "yes"
addres = "x"
[iggy]
password = "\${NOPE}"
[connectors]
config_dir = 5
timeout = "5 parsecs"
config_type = "locl"
`,
    { IGGY_CONNECTORS_HTTP_METRICS_ENABLED: "maybe" },
  );
  assert.deepEqual(found.map(formatProblem), [
    'environment IGGY_CONNECTORS_HTTP_METRICS_ENABLED: invalid http.metrics.enabled: must be boolean, but is "maybe"; correct the variable',
    "config.toml:6 iggy.password: environment variable NOPE is not set; set it, give a default as ${NOPE:default}, or write $${NOPE} for the literal text",
    "config.toml:1 strct: unknown key; did you mean strict?",
    "config.toml:4 http.addres: unknown key; did you mean address?",
    'config.toml:3 http.enabled: invalid enabled: must be a boolean, but is "yes"; write true or false, without quotes',
    'config.toml:10 connectors.config_type: invalid config type: must be one of "local", "http", but is "locl"; use one of these values',
    "config.toml:8 connectors.config_dir: invalid config dir: must be a string, but is a number 5; write it in quotes",
    'config.toml:9 connectors.timeout: invalid timeout: "5 parsecs" is not a duration; write a number with a unit, such as "500ms", "30s" or "1h 30m"; "0" means none',
  ]);
});

test("an error about a secret does not show it", async () => {
  const found = await problems('[connectors]\nconfig_dir = "c"\n[iggy]\npassword = 424242\n');
  assert.equal(found.length, 1);
  assert.ok(!JSON.stringify(found).includes("424242"));
});

test("unknown keys warn, and are errors when strict", async () => {
  const toml = '[connectors]\nconfig_dir = "c"\nconfig_dirr = "d"\n';
  const { warnings } = await load(toml);
  assert.equal(warnings.length, 1);
  assert.equal(warnings[0]?.fix, "did you mean config_dir?");
  assert.equal((await problems(`strict = true\n${toml}`))[0]?.severity, "error");
  assert.equal((await problems(toml, { IGGY_CONNECTORS_CONFIG_STRICT: "true" }))[0]?.severity, "error");
});

test("unknown variables warn with a suggestion; those of connectors and of the process do not", async () => {
  const { warnings } = await load('[connectors]\nconfig_dir = "c"', {
    IGGY_CONNECTORS_HTTP_ADRESS: "x",
    IGGY_CONNECTORS_SINK_X_ENABLED: "true",
    IGGY_CONNECTORS_LOG: "debug",
    IGGY_CONNECTORS_FAILPOINT: "x:kill",
  });
  assert.deepEqual(
    warnings.map(({ key, fix }) => [key, fix]),
    [["IGGY_CONNECTORS_HTTP_ADRESS", "did you mean IGGY_CONNECTORS_HTTP_ADDRESS?"]],
  );
});

test("unsupported settings are refused, not ignored", async () => {
  const asked: [string, string][] = [
    ["state", 'backend = "iggy"'],
    ["leases", "enabled = true"],
  ];
  for (const [section, line] of asked) {
    const toml = `[connectors]\nconfig_dir = "c"\n[${section}]\n${line}`;
    const found = await problems(toml);
    assert.equal(found[0]?.code, "IGC_CONFIG_UNSUPPORTED", toml);
    assert.equal(found[0]?.key, `${section}.${line.split(" ")[0]}`);
    assert.ok(found[0]?.fix !== undefined);
  }
});

test("files that are named must exist and must not be empty", async () => {
  await using folder = await temporaryFolder();
  const blank = join(folder.path, "blank");
  await writeFile(blank, " \n");
  const sections: [string, string][] = [
    ["iggy.token", `[iggy]\ntoken = "file:${blank}"`],
    ["iggy.token", '[iggy]\ntoken = "file:/no/such/token"'],
    ["iggy.tls.ca_file", '[iggy.tls]\nenabled = true\nca_file = ""'],
    ["http.tls.cert_file", `[http.tls]\nenabled = true\nkey_file = "${join(folder.path, "key")}"`],
  ];
  await writeFile(join(folder.path, "key"), "key");
  for (const [key, toml] of sections) {
    const found = await problems(`[connectors]\nconfig_dir = "c"\n${toml}`);
    assert.deepEqual(
      found.map((problem) => [problem.code, problem.key]),
      [["IGC_CONFIG_INVALID", key]],
      toml,
    );
  }
});

test("addresses, CORS and the missing folder are checked", async () => {
  const directory = '[connectors]\nconfig_dir = "c"\n';
  const keys = async (toml: string): Promise<unknown[]> => (await problems(toml)).map(({ key }) => key);
  assert.deepEqual(await keys(""), ["connectors.config_dir"]);
  assert.deepEqual(await keys(`${directory}[iggy]\naddress = "nowhere"`), ["iggy.address"]);
  assert.deepEqual(await keys(`${directory}[http]\naddress = "127.0.0.1:70000"`), ["http.address"]);
  assert.deepEqual(
    await keys(`${directory}[http.cors]\nenabled = true\nallow_credentials = true\nallowed_methods = ["GETT"]`),
    ["http.cors.allowed_methods[0]", "http.cors.allow_credentials"],
  );
});

test("a caller that reads one section is not told what the others lack", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "config.toml");
  await writeFile(file, '[iggy]\naddress = "nowhere"');
  const options = { configPath: file, environment: {}, workingDirectory: folder.path };
  assert.equal((await loadRuntimeConfig({ ...options, section: "http" })).config.http.enabled, true);
  await assert.rejects(
    loadRuntimeConfig({ ...options, section: "iggy" }),
    ({ problems }: ConfigurationError) => problems.length === 1 && problems[0]?.key === "iggy.address",
  );
});

test("a bind address off loopback needs an API key, or allow_insecure", async () => {
  const base = '[connectors]\nconfig_dir = "c"\n[http]\naddress = "0.0.0.0:8081"\n';
  assert.match((await problems(base))[0]?.message ?? "", /no API key/);
  assert.equal((await load(`${base}api_key = "k"`)).config.http.api_key, "k");
  assert.equal((await load(`${base}allow_insecure = true`)).config.http.allow_insecure, true);
  assert.equal((await load(`${base}enabled = false`)).config.http.enabled, false);
});

test("a file that is named must exist; the default one may be missing", async () => {
  await using folder = await temporaryFolder();
  const options = { environment: {}, workingDirectory: folder.path };
  await assert.rejects(
    loadRuntimeConfig({ ...options, configPath: "nowhere.toml" }),
    (error: ConfigurationError) => error.problems[0]?.code === "IGC_CONFIG_NOT_FOUND",
  );
  await assert.rejects(
    loadRuntimeConfig({ ...options, environment: { IGGY_CONNECTORS_CONFIG_PATH: "nowhere.toml" } }),
    (error: ConfigurationError) => error.problems[0]?.code === "IGC_CONFIG_NOT_FOUND",
  );
});

test("a relative path is looked up in the folders above, too", async () => {
  await using folder = await temporaryFolder();
  const deep = join(folder.path, "a", "b");
  await mkdir(deep, { recursive: true });
  const file = join(folder.path, "own.yaml");
  await writeFile(file, "connectors: { config_dir: c }");
  const loaded = await loadRuntimeConfig({ configPath: "own.yaml", environment: {}, workingDirectory: deep });
  assert.equal(loaded.file, file);
});

test("a dotenv file adds variables and overwrites none", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, ".env"), "IGGY_CONNECTORS_IGGY_USERNAME=dot\nIGGY_CONNECTORS_IGGY_ADDRESS=dot:1\n");
  const loaded = await loadRuntimeConfig({
    config: DIRECTORY,
    environment: { IGGY_CONNECTORS_IGGY_ADDRESS: "set:1" },
    workingDirectory: folder.path,
  });
  assert.equal(loaded.config.iggy.username, "dot");
  assert.equal(loaded.config.iggy.address, "set:1");
  assert.equal(loaded.dotenv, join(folder.path, ".env"));
});
