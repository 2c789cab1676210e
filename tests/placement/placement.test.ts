import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  type TemporaryFolder,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";

/** Writes what it gets to a file, with the process it runs in; a payload may ask for a harm. */
const PLUGIN = `import { appendFileSync, writeFileSync } from "node:fs";
import { threadId } from "node:worker_threads";
import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";

export default defineSink({
  name: "harmful",
  version: "1.0.0",
  description: "Does harm when a message says so, once.",
  schemas: ["text"],
  delivery: "at-least-once",
  config: z.object({ output: z.string() }),
  create: ({ output }) => ({
    async consume(batch) {
      for (const { value } of batch) {
        if (value.startsWith("harm ")) {
          try {
            writeFileSync(output + ".harmed." + value.slice(5), "", { flag: "wx" });
          } catch {
            continue;
          }
          if (value === "harm crash") setImmediate(() => { throw new Error("out of band"); });
          if (value === "harm native") process.kill(process.pid, "SIGSEGV");
          if (value === "harm block") for (;;);
          await new Promise(() => {});
        }
        appendFileSync(output, process.pid + " " + threadId + " " + value + "\\n");
      }
    },
  }),
});
`;

interface Info {
  readonly state: string;
  readonly last_error?: { readonly code: string; readonly message: string };
  readonly tasks: readonly { readonly restarts: number }[];
}

let folder: TemporaryFolder;
let iggy: { process: IggyProcess; address: string };
let runtime: RuntimeProcess;
let client: IggyClient;
let start: () => RuntimeProcess;

const KEYS = { thread: ["t"], process: ["p"], shared: ["a", "b", "c", "d"] } as const;

before(async () => {
  folder = await temporaryFolder("iggy-placement-");
  iggy = await IggyProcess.start(join(folder.path, "data"));
  client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("s");
  const plugin = join(folder.path, "harmful.ts");
  await writeFile(plugin, PLUGIN);
  const connectors: Record<string, string> = {};
  for (const [isolation, keys] of Object.entries(KEYS)) {
    for (const key of keys) {
      await client.createTopic({ stream: "s", name: key, partitionsCount: 1 });
      await writeFile(join(folder.path, key), "");
      connectors[`${key}.toml`] = `type = "sink"
key = "${key}"
enabled = true
version = 0
name = "${key}"
path = "${plugin}"
isolation = "${isolation}"
[[streams]]
stream = "s"
topics = ["${key}"]
schema = "text"
[plugin_config]
output = "${join(folder.path, key)}"
`;
    }
  }
  const port = await freePort();
  const extra = '[connectors.restart]\ninitial_backoff = "50ms"\n';
  const layout = { folder: folder.path, iggy: iggy.address, port, connectors };
  const config = await writeConfiguration(layout);
  await writeFile(config, `${await readFile(config, "utf8")}${extra}`);
  start = () => RuntimeProcess.start(config, port);
  runtime = start();
  for (const keys of Object.values(KEYS)) for (const key of keys) await runtime.connectorIn(`/sinks/${key}`, "running");
});

after(async () => {
  await client?.close();
  await runtime?.[Symbol.asyncDispose]();
  await iggy?.process[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const send = (topic: string, text: string) =>
  client.sendMessages({ stream: "s", topic, messages: [{ payload: Buffer.from(text) }] });

/** Where a message was consumed: process and thread. */
async function placeOf(key: string, text: string): Promise<{ readonly pid: number; readonly thread: number }> {
  const line = await eventually(
    async () => (await readFile(join(folder.path, key), "utf8")).split("\n").find((one) => one.endsWith(` ${text}`)),
    { what: `${text} at ${key}` },
  );
  const [pid, thread] = line.split(" ");
  return { pid: Number(pid), thread: Number(thread) };
}

const restartsOf = async (key: string): Promise<number> =>
  (await runtime.get<Info>(`/sinks/${key}`)).tasks.reduce((sum, { restarts }) => sum + restarts, 0);

describe("placement", () => {
  it("puts a connector where it asks to run", async () => {
    for (const keys of Object.values(KEYS)) for (const key of keys) await send(key, "hello");
    const thread = await placeOf("t", "hello");
    const process = await placeOf("p", "hello");
    const shared = await Promise.all(KEYS.shared.map((key) => placeOf(key, "hello")));
    assert.notEqual(process.pid, thread.pid);
    assert.equal(process.thread, 0);
    assert.ok(shared.every(({ pid, thread: id }) => pid === thread.pid && id !== thread.thread));
    const threads = new Set(shared.map(({ thread: id }) => id));
    assert.ok(threads.size < KEYS.shared.length, `${threads.size} threads for ${KEYS.shared.length} connectors`);
  });

  it("contains a crash of native code in the process of its connector", async () => {
    await send("p", "harm native");
    await send("p", "after");
    const { pid } = await placeOf("p", "after");
    assert.ok(pid > 0);
    assert.equal(await restartsOf("p"), 1);
    assert.equal(await restartsOf("t"), 0);
    await runtime.connectorIn("/sinks/p", "running");
  });

  it("starts a shared worker's connectors again when one of them crashes it", async () => {
    await send("a", "harm crash");
    for (const key of KEYS.shared) await send(key, "after");
    for (const key of KEYS.shared) await placeOf(key, "after");
    assert.equal(await restartsOf("a"), 1);
    for (const key of KEYS.shared) await runtime.connectorIn(`/sinks/${key}`, "running");
    assert.equal(await restartsOf("t"), 0);
  });

  it("stops one shared connector without its neighbours, and starts it again", async () => {
    const post = (action: string) => fetch(`${runtime.api}/sinks/b/${action}`, { method: "POST" });
    const before = await Promise.all(["a", "c", "d"].map(restartsOf));
    assert.equal((await post("pause")).status, 204);
    await send("b", "paused");
    await send("c", "meanwhile");
    await placeOf("c", "meanwhile");
    assert.equal((await post("resume")).status, 204);
    await placeOf("b", "paused");
    assert.deepEqual(await Promise.all(["a", "c", "d"].map(restartsOf)), before);
  });

  it("leaves nothing behind when the runtime stops", async () => {
    const { pid } = await placeOf("p", "after");
    assert.equal(await runtime.stop(), 0);
    assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  });

  it("leaves nothing behind when the runtime is killed while a plugin blocks its process", async () => {
    runtime = start();
    await send("p", "before");
    await send("p", "harm block");
    const { pid } = await placeOf("p", "before");
    await eventually(() => existsSync(join(folder.path, "p.harmed.block")));
    await runtime.kill();
    const isGone = (): boolean => {
      try {
        return !process.kill(pid, 0);
      } catch {
        return true;
      }
    };
    await eventually(isGone, { what: "the end of the connector's process" });
  });
});
