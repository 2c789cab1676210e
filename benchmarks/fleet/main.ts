import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { IggyClient } from "@iggy-connectors/client";
import { writeRuntimeConfiguration } from "../runtime-configuration.ts";
import { startRuntimeProcess, startServerProcess } from "../servers.ts";
import { residentBytes } from "./resident.ts";

const HELP = `npm run bench -- fleet [options]

Starts many sinks in each placement and measures how long that takes, how much memory each further idle one costs, and how
fast the HTTP API answers while all of them move messages.

  --connectors N   sinks per placement (default 50)
  --placement NAME shared, thread or process alone (default all of them)
  --seconds N      how long messages flow (default 10)
  --built          the compiled packages (npm run build) instead of the sources`;

const { values } = parseArgs({
  options: {
    connectors: { type: "string", default: "50" },
    placement: { type: "string" },
    seconds: { type: "string", default: "10" },
    built: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

const PLUGIN = fileURLToPath(new URL("./null-sink.ts", import.meta.url));
const PAYLOAD = Buffer.from(JSON.stringify({ id: 1, text: "x".repeat(180) }));
/** Milliseconds for memory to settle once everything runs. */
const SETTLE = 3000;
const PORT = 18_081;

interface Fleet {
  readonly startSeconds: number;
  readonly idleMegabytes: number;
  readonly apiMilliseconds: readonly number[];
  readonly messagesPerSecond: number;
}

async function measure(isolation: string, count: number, seconds: number): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), "iggy-bench-fleet-"));
  const server = await startServerProcess(join(folder, "data"));
  const client = await IggyClient.connect({ address: server.address });
  try {
    await client.createStream("fleet");
    const topics = Array.from({ length: count }, (_, index) => `topic-${index}`);
    for (const topic of topics) await client.createTopic({ stream: "fleet", name: topic, partitionsCount: 1 });
    const config = await writeFleet(folder, server.address, isolation, topics);
    const began = performance.now();
    const runtime = startRuntimeProcess(config, values.built);
    try {
      await allRunning(count);
      const startSeconds = (performance.now() - began) / 1000;
      await sleep(SETTLE);
      const idleMegabytes = (await residentBytes(runtime.child.pid!)) / 1e6;
      const flow =
        seconds === 0 ? { apiMilliseconds: [], messagesPerSecond: 0 } : await withFlow(client, topics, seconds);
      return { startSeconds, idleMegabytes, ...flow };
    } finally {
      await runtime.stop();
    }
  } finally {
    await client.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function writeFleet(folder: string, iggy: string, isolation: string, topics: readonly string[]): Promise<string> {
  const text = (topic: string): string => `type = "sink"
key = "${topic}"
enabled = true
version = 0
name = "${topic}"
path = "${PLUGIN}"
isolation = "${isolation}"
[[streams]]
stream = "fleet"
topics = ["${topic}"]
schema = "json"
`;
  const connectors = new Map(topics.map((topic) => [topic, text(topic)]));
  return writeRuntimeConfiguration(folder, { iggy, connectors, port: PORT, metrics: true });
}

async function allRunning(count: number): Promise<void> {
  for (let deadline = Date.now() + 120_000; ; await sleep(20)) {
    const running = await get<readonly { readonly state: string }[]>("/sinks").catch(() => []);
    if (running.filter(({ state }) => state === "running").length === count) return;
    if (Date.now() > deadline) throw new Error(`only ${running.length} of ${count} run`);
  }
}

async function get<Result>(path: string): Promise<Result> {
  const reply = await fetch(`http://127.0.0.1:${PORT}${path}`);
  return (
    reply.headers.get("content-type")?.includes("json") === true ? reply.json() : reply.text()
  ) as Promise<Result>;
}

/** Sends to every topic in turn, and asks the API all the time, until the time is over. */
async function withFlow(client: IggyClient, topics: readonly string[], seconds: number) {
  const end = performance.now() + seconds * 1000;
  const messages = Array.from({ length: 100 }, () => ({ payload: PAYLOAD }));
  let sent = 0;
  const sending = (async () => {
    while (performance.now() < end) {
      for (const topic of topics) await client.sendMessages({ stream: "fleet", topic, messages });
      sent += topics.length * messages.length;
    }
  })();
  const apiMilliseconds: number[] = [];
  const paths = ["/sinks", "/stats", "/metrics", `/sinks/${topics[0]}/status`];
  for (let call = 0; performance.now() < end; call++) {
    const began = performance.now();
    await get(paths[call % paths.length]!);
    apiMilliseconds.push(performance.now() - began);
    await sleep(5);
  }
  await sending;
  const delivered = async () => {
    const text = await get<string>("/metrics");
    const counts = [...text.matchAll(/^iggy_connector_messages_total\{[^}]*outcome="delivered"\} (\d+)$/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };
  for (const deadline = Date.now() + 60_000; (await delivered()) < sent; await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`${await delivered()} of ${sent} messages were delivered`);
  }
  return { apiMilliseconds, messagesPerSecond: sent / ((performance.now() - end) / 1000 + seconds) };
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const count = Number(values.connectors);
console.log(
  "| placement | connectors | start s | idle MB | MB per further idle | API p50 ms | API p99 ms | messages/s |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const isolation of values.placement === undefined ? ["shared", "thread", "process"] : [values.placement]) {
  process.stderr.write(`${isolation} …\n`);
  const one = await measure(isolation, 1, 0);
  const all = await measure(isolation, count, Number(values.seconds));
  const sorted = [...all.apiMilliseconds].sort((a, b) => a - b);
  const further = (all.idleMegabytes - one.idleMegabytes) / (count - 1);
  const cells = [
    isolation,
    count,
    all.startSeconds.toFixed(1),
    all.idleMegabytes.toFixed(0),
    further.toFixed(1),
    percentile(sorted, 0.5).toFixed(1),
    percentile(sorted, 0.99).toFixed(1),
    Math.round(all.messagesPerSecond),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
