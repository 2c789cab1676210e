import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { IggyClient } from "@iggy-connectors/client";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  type TemporaryFolder,
  temporaryFolder,
} from "@iggy-connectors/testing";

/** Every secret in these tests starts with this, so that each is found. */
const MARK = "leak-";
const PLUGIN = fileURLToPath(new URL("./plugins/leaky.ts", import.meta.url));
const API_KEY = `${MARK}api-key`;
const IGGY_PASSWORD = `${MARK}iggy-password`;

let folder: TemporaryFolder;
let iggy: { process: IggyProcess; address: string };
let client: IggyClient;

before(async () => {
  folder = await temporaryFolder("iggy-secrets-");
  iggy = await IggyProcess.start(join(folder.path, "data"));
  client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("words");
  await client.createTopic({ stream: "words", name: "words", partitionsCount: 1 });
  await client.changePassword("iggy", "iggy", IGGY_PASSWORD);
  await writeFile(join(folder.path, "iggy-password"), `${IGGY_PASSWORD}\n`);
  await writeFile(join(folder.path, "plugin-secret"), `${MARK}plugin-file\n`);
});

after(async () => {
  await client?.close();
  await iggy?.process[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

/** A sink with a secret wherever its file can contain one. */
function leaky(key: string, more = "", settings = ""): string {
  return `type = "sink"
key = "${key}"
enabled = true
version = 0
name = "${key}"
path = "${PLUGIN}"
tap = true
log_level = "trace"
${more}
[[streams]]
stream = "words"
topics = ["words"]
schema = "json"
consumer_group = "${key}"
[[transforms]]
type = "hash_fields"
fields = ["hashed"]
algorithm = "sha256"
key = "${MARK}hash-key"
[plugin_config]
url = "http://user:${MARK}url-password@127.0.0.1:9/path?token=${MARK}query"
placeholder = "\${PLANTED}"
from_environment = "overridden"
from_file = "overridden"
mispelt_password = "${MARK}misspelt"
${settings}
[plugin_config.auth]
password = "${MARK}nested \\"quoted\\" &?"
tokens = [{ token = "${MARK}list" }]
[plugin_config.headers]
authorization = "Bearer ${MARK}header value"
`;
}

const FILES: Readonly<Record<string, string>> = {
  "leaky.toml": leaky("leaky"),
  "fatal.toml": leaky("fatal", "", "fatal = true"),
  "absent.toml": leaky("absent").replace(PLUGIN, "/nowhere/absent.ts"),
  "wrong.toml": leaky("wrong", 'tasks = "many"'),
  "syntax.toml": `type = "sink"\nkey = "syntax"\n[plugin_config]\npassword = "${MARK}syntax`,
  "syntax.yaml": `type: sink\nkey: syntax\nplugin_config:\n  password: "${MARK}syntax`,
  "registry.toml": leaky("registry").replace(
    'schema = "json"',
    `schema = "avro"\nschema_registry = { url = "http://user:${MARK}registry-url@127.0.0.1:9", password = "${MARK}registry-password", token = "${MARK}registry-token" }`,
  ),
  "state.toml": leaky("state").replace('"words"\ntopics', '"words"\ntopics_pattern = "("\ntopics'),
};

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

async function start(format: "text" | "json", runtimeFile = ""): Promise<RuntimeProcess> {
  const home = join(folder.path, format + runtimeFile.length);
  const connectors = join(home, "connectors");
  await mkdir(connectors, { recursive: true });
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(connectors, name), text);
  const port = await freePort();
  const config = join(home, "config.toml");
  await writeFile(
    config,
    `[http]
address = "127.0.0.1:${port}"
api_key = "${API_KEY}"
[http.metrics]
enabled = true
[iggy]
address = "${iggy.address}"
[state]
path = "${join(home, "state")}"
[logging]
format = "${format}"
level = "trace"
[dead_letter]
topic = "letters_${format}_{key}"
${runtimeFile === "" ? `[connectors]\nconfig_dir = "${connectors}"` : runtimeFile}
`,
  );
  return RuntimeProcess.start(config, port, {
    IGGY_CONNECTORS_IGGY_PASSWORD_FILE: join(folder.path, "iggy-password"),
    IGGY_CONNECTORS_SINK_LEAKY_PLUGIN_CONFIG_FROM_ENVIRONMENT: `${MARK}environment`,
    IGGY_CONNECTORS_SINK_LEAKY_PLUGIN_CONFIG_FROM_FILE_FILE: join(folder.path, "plugin-secret"),
    PLANTED: `${MARK}placeholder`,
  });
}

function clean(text: string, where: string): void {
  const at = text.indexOf(MARK);
  assert.equal(at, -1, `${where} tells a secret: …${text.slice(Math.max(0, at - 200), at + 60)}…`);
}

class Asking {
  readonly #api: string;
  /** Everything received, by its origin. */
  readonly heard = new Map<string, string>();
  readonly #ended = new AbortController();

  constructor(api: string) {
    this.#api = api;
  }

  async ask(method: string, path: string, body?: unknown, key = API_KEY): Promise<{ status: number; text: string }> {
    const reply = await fetch(this.#api + path, {
      method,
      headers: { "api-key": key, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    const headers = JSON.stringify([...reply.headers]);
    this.heard.set(`${method} ${path} ${reply.status}`, headers + text);
    return { status: reply.status, text };
  }

  /** Reads an event stream until the end of the test. */
  listen(path: string): void {
    void fetch(this.#api + path, { headers: { "api-key": API_KEY }, signal: this.#ended.signal })
      .then(async (reply) => {
        for await (const piece of reply.body ?? []) {
          this.heard.set(path, (this.heard.get(path) ?? "") + Buffer.from(piece).toString());
        }
      })
      .catch(() => {});
  }

  end(): void {
    this.#ended.abort();
  }
}

describe("no secret is revealed", { concurrency: false }, () => {
  for (const format of ["text", "json"] as const) {
    it(`by a response, event, metric or ${format} log line, whatever the plugins write`, async () => {
      await using runtime = await start(format);
      await runtime.listening();
      const asking = new Asking(runtime.api);
      asking.listen("/events");
      const state = async (key: string): Promise<string> =>
        (JSON.parse((await asking.ask("GET", `/sinks/${key}`)).text) as { state: string }).state;
      await eventually(async () => (await state("leaky")) === "running" && (await state("fatal")) === "failed");
      asking.listen("/sinks/leaky/tap?rate=1000");
      await eventually(() => runtime.output.includes("configured"));
      await client.sendMessages({
        stream: "words",
        topic: "words",
        partitioning: { kind: "partition", partition: 0 },
        messages: ["reject", "repeat", "fine"].map((word) => ({
          payload: Buffer.from(JSON.stringify({ word, hashed: "x" })),
        })),
      });
      const letters = await eventually(async () => {
        const { text } = await asking.ask("GET", "/sinks/leaky/dead_letters");
        const { dead_letters } = JSON.parse(text) as { dead_letters?: { id: string }[] };
        return (dead_letters?.length ?? 0) > 0 ? dead_letters : undefined;
      });
      await eventually(() => asking.heard.get("/sinks/leaky/tap?rate=1000")?.includes('"point":"out"'));

      // Every GET operation, for every connector.
      const { paths } = JSON.parse((await asking.ask("GET", "/openapi.json")).text) as Document;
      const keys = ["leaky", "fatal", "absent", "wrong", "registry", "state", "nobody"];
      for (const [path, methods] of Object.entries(paths)) {
        if (!("get" in methods) || JSON.stringify(methods.get).includes("text/event-stream")) continue;
        for (const key of path.includes("{key}") ? keys : ["-"]) {
          const url = path.replace("{key}", key).replace("{version}", "0").replace("{id}", letters![0]!.id);
          await asking.ask("GET", url.replace(/\{\w+\}/, "file"));
        }
      }
      for (const form of ["json", "yaml", "toml", "text"]) {
        for (const key of keys) await asking.ask("GET", `/sinks/${key}/configs/plugin?format=${form}`);
      }
      await asking.ask("GET", "/stats", undefined, `${API_KEY}x`);
      await asking.ask("POST", "/sinks/fatal/restart");
      await asking.ask("POST", "/sinks/wrong/restart");
      await asking.ask("POST", "/sinks/leaky/dead_letters/replay", { ids: [letters![0]!.id] });
      const active = JSON.parse((await asking.ask("GET", "/sinks/leaky/configs/active")).text) as Record<
        string,
        unknown
      >;
      await asking.ask("POST", "/sinks/validate", { ...active, tasks: "many" });
      await asking.ask("PUT", "/sinks/leaky?dry_run=true", { ...active, name: "Other" });
      const edited = await asking.ask("PUT", "/sinks/leaky", { ...active, name: "Other" });
      assert.equal(edited.status, 200, edited.text);
      assert.equal(await state("leaky"), "running", "masked values were restored");
      asking.end();
      await runtime.stop();

      assert.ok(asking.heard.size > 150, `${asking.heard.size}`);
      for (const [where, text] of asking.heard) clean(text, where);
      clean(runtime.output, "the log");
      for (const said of ["configured", "cannot use", "refused", "******"]) {
        assert.ok(runtime.output.includes(said), `the log contains ${said}`);
      }
      const stored = await client.pollMessages({
        stream: "iggy_connectors",
        topic: `letters_${format}_leaky`,
        partition: 0,
        consumer: { kind: "consumer", id: "reader" },
        strategy: { kind: "first" },
        count: 10,
      });
      assert.ok(stored.length > 0);
      clean(Buffer.from(stored.headersBytes(0)).toString("latin1"), "the dead letter");
    });
  }

  it("by a configuration provider that cannot be reached", async () => {
    const provider = `[connectors]
config_type = "http"
base_url = "http://user:${MARK}provider-password@127.0.0.1:9"
timeout = "200ms"
[connectors.request_headers]
authorization = "Bearer ${MARK}provider-header"
[connectors.retry]
max_attempts = 1
initial_backoff = "1ms"
`;
    await using runtime = await start("text", provider);
    await runtime.listening();
    const asking = new Asking(runtime.api);
    await eventually(() => runtime.output.includes("127.0.0.1:9"), { what: "the failure in the log" });
    for (const path of ["/health/ready", "/errors", "/sinks", "/sinks/x/configs", "/stats", "/metrics"]) {
      await asking.ask("GET", path);
    }
    await asking.ask("POST", "/sinks/x/configs", { enabled: true });
    await asking.ask("DELETE", "/sinks/x");
    await runtime.stop();
    for (const [where, text] of asking.heard) clean(text, where);
    clean(runtime.output, "the log");
  });
});
