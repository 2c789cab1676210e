import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { IggyClient } from "@iggy-connectors/client";
import { processMemory } from "../process-figures.ts";
import { writeRuntimeConfiguration } from "../runtime-configuration.ts";
import { startRuntimeProcess, startServerProcess } from "../servers.ts";

const HELP = `npm run bench -- stalled [options]

The resident memory of a runtime in which one sink's destination never answers, while others move messages, all from topics that grow
all the time. Linux only.

  --minutes N      how long (default 10)
  --connectors N   sinks that run beside the stalled one (default 10)
  --rate N         messages a second into each topic (default 1000)
  --built          the compiled packages (npm run build) instead of the sources`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    connectors: { type: "string", default: "10" },
    rate: { type: "string", default: "1000" },
    built: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

const plugin = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const PAYLOAD = Buffer.from(JSON.stringify({ id: 1, text: "x".repeat(180) }));
/** Batches a second into each topic. */
const BATCHES = 10;
const STALLED = "stalled";
const running = Array.from({ length: Number(values.connectors) }, (_, index) => `running-${index}`);

const sink = (topic: string): string => `type = "sink"
key = "${topic}"
enabled = true
version = 0
name = "${topic}"
path = "${plugin(topic === STALLED ? "./plugins/stalled-sink.ts" : "../fleet/null-sink.ts")}"
isolation = "shared"
consume_timeout = "0"
[[streams]]
stream = "bench"
topics = ["${topic}"]
schema = "json"
`;

const folder = await mkdtemp(join(tmpdir(), "iggy-bench-stalled-"));
const iggy = await startServerProcess(join(folder, "data"));
const client = await IggyClient.connect({ address: iggy.address });
try {
  const topics = [STALLED, ...running];
  await client.createStream("bench");
  for (const topic of topics) await client.createTopic({ stream: "bench", name: topic, partitionsCount: 1 });
  const connectors = new Map(topics.map((topic) => [topic, sink(topic)]));
  const config = await writeRuntimeConfiguration(folder, { iggy: iggy.address, connectors });
  const runtime = startRuntimeProcess(config, values.built);
  try {
    await report(runtime.child.pid!, topics);
  } finally {
    await runtime.stop();
  }
} finally {
  await client.close();
  await iggy.stop();
  await rm(folder, { recursive: true, force: true });
}

async function report(pid: number, topics: readonly string[]): Promise<void> {
  const messages = Array.from({ length: Math.ceil(Number(values.rate) / BATCHES) }, () => ({ payload: PAYLOAD }));
  const began = performance.now();
  console.log("| minute | resident MB | highest MB | messages into the stalled topic |");
  console.log("| --- | --- | --- | --- |");
  let batches = 0;
  for (let minute = 1; minute <= Number(values.minutes); minute++) {
    while (performance.now() - began < minute * 60_000) {
      for (const topic of topics) await client.sendMessages({ stream: "bench", topic, messages });
      batches += 1;
      await sleep(Math.max(0, began + (batches * 1000) / BATCHES - performance.now()));
    }
    const { resident, peak } = processMemory(pid);
    const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
    console.log(`| ${minute} | ${megabytes(resident)} | ${megabytes(peak)} | ${batches * messages.length} |`);
  }
}
