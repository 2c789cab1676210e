import assert from "node:assert/strict";
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { IggyClient } from "@iggy-connectors/client";
import { DescribedApi } from "@iggy-connectors/test-support";
import {
  eventually,
  freePort,
  IggyProcess,
  Killable,
  RuntimeProcess,
  type TemporaryFolder,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";

const MAIN = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

/** Writes lines to a file; rejects payloads that contain "poison" while a file named `refuse` exists. */
const PLUGIN = `import { appendFileSync, existsSync } from "node:fs";
import { defineSink, RejectedError } from "@iggy-connectors/sdk";
import { z } from "zod";

export default defineSink({
  name: "picky",
  version: "1.0.0",
  description: "Refuses poison for a while.",
  schemas: ["json", "text"],
  delivery: "at-least-once",
  config: z.object({ output: z.string(), refuse: z.string() }),
  create: ({ output, refuse }) => ({
    async consume(batch) {
      const rejected = [];
      for (const { offset, payload } of batch) {
        const text = Buffer.from(payload).toString();
        if (text.includes("poison") && existsSync(refuse)) rejected.push({ offset, error: new RejectedError("no poison", { code: "IGC_SINK_POISON" }) });
        else appendFileSync(output, text + "\\n");
      }
      return { rejected };
    },
  }),
});
`;

let folder: TemporaryFolder;
let iggy: { process: IggyProcess; address: string };
let runtime: RuntimeProcess;
let client: IggyClient;
let output: string;
let refuse: string;

before(async () => {
  folder = await temporaryFolder("iggy-operations-");
  output = join(folder.path, "output");
  refuse = join(folder.path, "refuse");
  await writeFile(output, "");
  await writeFile(refuse, "");
  await writeFile(join(folder.path, "lines.txt"), "one\ntwo\n");
  iggy = await IggyProcess.start(join(folder.path, "data"));
  client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("orders");
  await client.createTopic({ stream: "orders", name: "incoming", partitionsCount: 2 });
  const port = await freePort();
  const plugin = join(folder.path, "picky.ts");
  await writeFile(plugin, PLUGIN);
  const config = await writeConfiguration({
    folder: folder.path,
    iggy: iggy.address,
    port,
    connectors: {
      "picky.toml": `type = "sink"
key = "picky"
enabled = true
version = 0
name = "Picky"
path = "${plugin}"
[[streams]]
stream = "orders"
topics = ["incoming"]
schema = "json"
[plugin_config]
output = "${output}"
refuse = "${refuse}"
`,
      "lines.toml": `type = "source"
key = "lines"
enabled = true
version = 0
name = "Lines"
path = "file"
[[streams]]
stream = "lines"
topic = "lines"
schema = "text"
[plugin_config]
path = "${join(folder.path, "lines.txt")}"
`,
    },
  });
  runtime = RuntimeProcess.start(config, port);
  await runtime.connectorIn("/sinks/picky", "running");
  await runtime.connectorIn("/sources/lines", "running");
});

after(async () => {
  await client?.close();
  await runtime?.[Symbol.asyncDispose]();
  await iggy?.process[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

/** Runs the command and returns its output and exit code. */
async function command(...arguments_: readonly string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  await using child = new Killable(MAIN, { arguments: [...arguments_, "--api", runtime.api] });
  const code = await child.exited;
  return { code, output: child.output };
}

async function json<Result>(...arguments_: readonly string[]): Promise<Result> {
  const { code, output: text } = await command(...arguments_, "--json");
  assert.equal(code, 0, text);
  return JSON.parse(text) as Result;
}

async function send(partition: number, ...payloads: readonly string[]): Promise<void> {
  await client.sendMessages({
    stream: "orders",
    topic: "incoming",
    partitioning: { kind: "partition", partition },
    messages: payloads.map((payload) => ({ payload: Buffer.from(payload) })),
  });
}

const written = async (): Promise<string[]> => (await readFile(output, "utf8")).split("\n").slice(0, -1);

interface Page {
  readonly dead_letters: readonly { readonly id: string; readonly stage: string; readonly code: string }[];
}

interface Offset {
  readonly partition: number;
  readonly stored: string | null;
  readonly end: string | null;
  readonly lag: number;
  readonly owner: string | null;
}

describe("an operator", () => {
  it("sees the state of the connectors", async () => {
    const { code, output: text } = await command("status");
    assert.equal(code, 0, text);
    assert.match(text, /^CONNECTOR +STATE +SINCE +LAG/);
    assert.match(text, /source\/lines +running/);
    assert.match(text, /sink\/picky +running/);
    const one = await command("status", "picky");
    assert.match(one.output, /sink\/picky {2}running/);
    assert.match(one.output, /delivery at-least-once/);
    const top = await command("top", "--once", "--json");
    assert.equal(top.output.trimEnd().split("\n").length, 1);
    assert.ok(JSON.parse(top.output).sinks.some(({ key }: { key: string }) => key === "picky"));
  });

  it("finds dead letters, and replays them once their cause is fixed", async () => {
    await send(0, '{"a":1}', '{"a":"poison 1"}', "no JSON");
    await send(1, '{"a":"poison 2"}', '{"a":2}');
    const list = async (...more: string[]) => (await json<Page>("dead-letters", "list", "picky", ...more)).dead_letters;
    const letters = await eventually(
      async () => {
        const found = await list();
        return found.length === 3 ? found : undefined;
      },
      { what: "three dead letters" },
    );
    assert.deepEqual(letters.map(({ code }) => code).sort(), ["IGC_DECODE_JSON", "IGC_SINK_POISON", "IGC_SINK_POISON"]);
    const { output: news } = await command("status", "picky");
    assert.match(news, /dead letters: 2 in consume \(IGC_SINK_POISON\), 1 in decode \(IGC_DECODE_JSON\)/);
    assert.equal((await list("--stage", "decode")).length, 1);
    const poison = letters.find(({ code }) => code === "IGC_SINK_POISON")!;
    const shown = await command("dead-letters", "show", "sink/picky", poison.id);
    assert.match(shown.output, /no poison/);
    assert.match(shown.output, /"poison \d"/);

    // The cause still exists: the message fails again and remains a dead letter.
    const again = await command("dead-letters", "replay", "picky", poison.id);
    assert.equal(again.code, 1, again.output);
    assert.match(again.output, /^0 replayed, 1 failed again/);
    assert.equal((await list()).length, 3);

    await rm(refuse);
    const replayed = await json<{ replayed: number; failed: number }>(
      "dead-letters",
      "replay",
      "picky",
      "--code",
      "IGC_SINK_POISON",
    );
    assert.deepEqual([replayed.replayed, replayed.failed], [2, 0]);
    assert.deepEqual((await written()).sort(), ['{"a":"poison 1"}', '{"a":"poison 2"}', '{"a":1}', '{"a":2}']);
    assert.deepEqual(
      (await list()).map(({ code }) => code),
      ["IGC_DECODE_JSON"],
    );
    assert.equal((await list("--resolved")).length, 2);

    // Back to its topic: every consumer reads it again, and for this one it is still not JSON.
    const origin = await json<{ replayed: number }>("dead-letters", "replay", "picky", "--all", "--to", "origin");
    assert.equal(origin.replayed, 1);
    await eventually(async () => (await list()).length === 1, { what: "the dead letter of the second attempt" });

    assert.equal((await command("dead-letters", "purge", "picky")).code, 2, "without --yes");
    assert.equal((await command("dead-letters", "purge", "picky", "--yes")).code, 0);
    assert.deepEqual(await list(), []);
  });

  it("resets the offsets of a running sink, after a preview", async () => {
    const offsets = await eventually(
      async () => {
        const found = await json<Offset[]>("offsets", "show", "picky");
        return found.every(({ lag }) => lag === 0) ? found : undefined;
      },
      { what: "offsets without lag" },
    );
    assert.deepEqual(
      offsets.map(({ partition, stored, end }) => [partition, stored, end]),
      [
        [0, "3", "3"],
        [1, "1", "1"],
      ],
    );
    assert.ok(offsets.every(({ owner }) => owner !== null));
    const before = (await written()).length;
    const preview = await command("offsets", "reset", "picky", "--to", "first", "--preview");
    assert.match(preview.output, /orders +incoming +0 +4 +0 +4 +0/);
    assert.match(preview.output, /Nothing was changed/);
    const report = await json<{ partitions: { replayed: number; skipped: number }[] }>(
      "offsets",
      "reset",
      "picky",
      "--to",
      "first",
      "--partition",
      "1",
    );
    assert.deepEqual(
      report.partitions.map(({ replayed, skipped }) => [replayed, skipped]),
      [[2, 0]],
    );
    await eventually(async () => (await written()).length === before + 2, { what: "two messages again" });
    await runtime.connectorIn("/sinks/picky", "running");
    const wrong = await command("offsets", "reset", "picky", "--to", "yesterday");
    assert.equal(wrong.code, 2);
    assert.match(wrong.output, /is not a position in a partition/);
  });

  it("pauses and resumes; messages that arrive during the pause are delivered after it", async () => {
    assert.deepEqual(await json("pause", "sink/picky"), { connector: "sink/picky", done: "paused" });
    await runtime.connectorIn("/sinks/picky", "paused");
    const before = (await written()).length;
    await send(0, '{"late":true}');
    assert.equal((await command("resume", "picky")).code, 0);
    await eventually(async () => (await written()).length === before + 1, {
      what: "the message sent during the pause",
    });
    assert.equal((await command("restart", "picky", "lines")).code, 0);
    await runtime.connectorIn("/sinks/picky", "running");
  });

  it("reads, sets and deletes the checkpoint of a source", async () => {
    const messages = async () => (await client.getTopic("lines", "lines"))?.messagesCount;
    await eventually(async () => (await messages()) === 2n, { what: "two lines" });
    const stored = await eventually(
      async () => {
        const shown = await command("checkpoint", "show", "lines", "--json");
        return shown.code === 0 ? (JSON.parse(shown.output) as { checkpoint: unknown }) : undefined;
      },
      { what: "a checkpoint" },
    );
    assert.ok(stored.checkpoint !== undefined);
    // From the beginning again.
    assert.equal((await command("checkpoint", "delete", "source/lines")).code, 0);
    await eventually(async () => (await messages()) === 4n, { what: "two lines again" });
    // Back to the old checkpoint: nothing is produced again.
    const file = join(folder.path, "checkpoint.json");
    await writeFile(file, JSON.stringify(stored));
    const set = await command("checkpoint", "set", "lines", file);
    assert.equal(set.code, 0, set.output);
    await appendFile(join(folder.path, "lines.txt"), "three\n");
    await eventually(async () => (await messages()) === 5n, { what: "the third line" });
  });

  it("watches messages and state changes", async () => {
    const events = new AbortController();
    const changes = fetch(`${runtime.api}/events`, { signal: events.signal }).then(async (reply) => {
      let text = "";
      for await (const chunk of reply.body!) {
        text += Buffer.from(chunk).toString();
        if (text.includes('"to":"running"')) return text;
      }
      return text;
    });
    const watching = command("tail", "picky", "--max", "2", "--rate", "100", "--json");
    let sent = 0;
    const sending = setInterval(() => void send(0, `{"watched":${sent++}}`), 50);
    try {
      const { code, output: text } = await watching;
      assert.equal(code, 0, text);
      const points = text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { point: string; topic: string; payload: { data: string } });
      assert.deepEqual(
        points.map(({ point }) => point),
        ["in", "out", "in", "out"],
      );
      assert.match(points[0]!.payload.data, /^\{"watched":\d+\}$/);
      assert.equal(points[0]!.topic, "incoming");
    } finally {
      clearInterval(sending);
    }
    assert.equal((await command("restart", "picky")).code, 0);
    const told = await changes;
    events.abort();
    assert.match(told, /event: state\ndata: \{.*"connector_key":"picky".*"to":"stopping"/);
  });

  it("gets responses as the API documents them, also for operations that use Iggy", async () => {
    const described = new DescribedApi(await runtime.get("/openapi.json"));
    const ask = async (method: string, url: string, sent?: unknown): Promise<{ status: number; body: string }> => {
      const reply = await fetch(runtime.api + url, {
        method,
        ...(sent === undefined ? {} : { body: JSON.stringify(sent), headers: { "content-type": "application/json" } }),
      });
      const body = await reply.text();
      const { status } = reply;
      described.check({ method, url, status, contentType: reply.headers.get("content-type") ?? undefined, body });
      return { status, body };
    };
    await writeFile(refuse, "");
    await send(1, '{"a":"poison 3"}');
    const letter = await eventually(
      async () => {
        const { body } = await ask("GET", "/sinks/picky/dead_letters?limit=1000");
        return (JSON.parse(body) as Page).dead_letters.at(-1);
      },
      { what: "a dead letter" },
    );
    await rm(refuse);
    const preview = { to: "first", preview: true };
    for (const [method, url, sent] of [
      ["GET", `/sinks/picky/dead_letters/${letter.id}`],
      ["POST", "/sinks/picky/dead_letters/replay", { ids: [letter.id] }],
      ["GET", "/sinks/picky/offsets"],
      ["POST", "/sinks/picky/offsets/reset", preview],
      ["GET", "/sources/lines/checkpoint"],
      ["GET", "/sinks/picky/status"],
      ["GET", "/sources/lines"],
      ["GET", "/stats"],
      ["GET", "/metrics"],
      ["GET", "/health/ready"],
    ] as const) {
      assert.equal((await ask(method, url, sent)).status, 200, `${method} ${url}`);
    }
  });

  it("lists versions, shows what differs, activates one and goes back", async () => {
    const current = await runtime.get<Record<string, unknown>>("/sources/lines/configs/active");
    const sent = { ...current, name: "Lines, renamed", verbose: true };
    const stored = await fetch(`${runtime.api}/sources/lines/configs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(sent),
    });
    assert.equal(stored.status, 200, await stored.text());
    const active = async () =>
      (await json<{ version: number; active: boolean }[]>("versions", "lines")).map((one) => [one.version, one.active]);
    const activeBefore = [
      [0, true],
      [1, false],
    ];
    assert.deepEqual(await active(), activeBefore);

    const diff = await command("diff", "lines", "0", "1");
    assert.equal(diff.code, 0, diff.output);
    assert.match(diff.output, /^- .*"name": "Lines"/m);
    assert.match(diff.output, /^\+ .*"name": "Lines, renamed"/m);
    assert.match((await command("diff", "lines", "1", "1")).output, /^versions 1 and 1 are the same$/m);

    assert.equal((await command("activate", "lines", "1")).output, "source/lines runs version 1\n");
    assert.deepEqual(await active(), [
      [0, false],
      [1, true],
    ]);
    assert.equal((await json<{ version: number }>("rollback", "lines")).version, 0);
    assert.deepEqual(await active(), activeBefore);

    const none = await command("rollback", "lines");
    assert.deepEqual([none.code, /no version before 0/.test(none.output)], [1, true], none.output);
    const unknown = await command("activate", "lines", "9");
    assert.deepEqual([unknown.code, /its versions are 0, 1/.test(unknown.output)], [1, true], unknown.output);
  });

  it("gets a clear error for a wrong request", async () => {
    const unknown = await command("status", "nobody");
    assert.equal(unknown.code, 1);
    assert.match(
      unknown.output,
      /no connector has the key nobody\n {2}existing connectors: sink\/picky, source\/lines/,
    );
    const letter = await command("dead-letters", "show", "picky", "99");
    assert.equal(letter.code, 1);
    assert.match(letter.output, /has no dead letter 99/);
    await using away = new Killable(MAIN, { arguments: ["status", "--api", "http://127.0.0.1:9"] });
    assert.equal(await away.exited, 4);
  });
});
