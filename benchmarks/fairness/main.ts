import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { IggyClient } from "@iggy-connectors/client";
import { listen } from "../latency/listen.ts";
import { send } from "../latency/send.ts";
import { writeRuntimeConfiguration } from "../runtime-configuration.ts";
import { startRuntimeProcess, startServerProcess } from "../servers.ts";

const HELP = `npm run bench -- fairness [options]

How long the messages of calm sinks take while a source and a sink in the same runtime work at full speed: from the sending of
a message until the plugin has it. The calm sinks have one message a second each, and are more than there are cores, so that
with "shared" some share the worker of a busy connector.

  --seconds N    how long it is measured (default 20)
  --calm N       calm sinks (default 6)
  --built        the compiled packages (npm run build) instead of the sources`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    calm: { type: "string", default: "6" },
    built: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

/** Milliseconds until everything that runs is warm. */
const WARM = 3000;
const PORT = 18_082;
const calm = Array.from({ length: Number(values.calm) }, (_, index) => `calm-${index}`);
const plugin = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const sink = (key: string, path: string, isolation: string, schema: string, settings: string): string => `type = "sink"
key = "${key}"
enabled = true
version = 0
name = "${key}"
path = "${path}"
isolation = "${isolation}"
[[streams]]
stream = "bench"
topics = ["${key}"]
schema = "${schema}"
[plugin_config]
${settings}
`;

/** Produces to the topic of the busy sink for as long as it runs. */
const busySource = (isolation: string): string => `type = "source"
key = "busy"
enabled = true
version = 0
name = "busy"
path = "${plugin("./endless-source.ts")}"
isolation = "${isolation}"
[[streams]]
stream = "bench"
topic = "busy"
schema = "raw"
`;

async function measure(isolation: string, busy: boolean) {
  const folder = await mkdtemp(join(tmpdir(), "iggy-bench-fairness-"));
  const iggy = await startServerProcess(join(folder, "data"));
  const client = await IggyClient.connect({ address: iggy.address });
  const { port, latencies, close } = await listen();
  try {
    await client.createStream("bench");
    for (const name of ["busy", ...calm]) await client.createTopic({ stream: "bench", name, partitionsCount: 1 });
    const latency = plugin("../latency/plugins/latency-sink.ts");
    const connectors = new Map(calm.map((key) => [key, sink(key, latency, isolation, "raw", `port = ${port}`)]));
    if (busy) {
      connectors.set("busy-source", busySource(isolation));
      connectors.set("busy-sink", sink("busy", plugin("../fleet/null-sink.ts"), isolation, "json", ""));
    }
    const config = await writeRuntimeConfiguration(folder, { iggy: iggy.address, connectors, port: PORT });
    const runtime = startRuntimeProcess(config, values.built);
    try {
      await allRunning(busy ? calm.length + 1 : calm.length);
      await sleep(WARM);
      latencies.length = 0;
      const before = await messagesIn(client);
      await Promise.all(calm.map((topic) => send(client, topic, 1, Number(values.seconds) * 1000)));
      return { latencies: [...latencies], produced: (await messagesIn(client)) - before };
    } finally {
      await runtime.stop();
    }
  } finally {
    close();
    await client.close();
    await iggy.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function allRunning(count: number): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(50)) {
    const sinks = await fetch(`http://127.0.0.1:${PORT}/sinks`).then(
      (reply) => reply.json() as Promise<readonly { readonly state: string }[]>,
      () => [],
    );
    if (sinks.filter(({ state }) => state === "running").length === count) return;
  }
  throw new Error("not all sinks run");
}

const messagesIn = async (client: IggyClient): Promise<number> =>
  Number((await client.getTopic("bench", "busy"))?.messagesCount ?? 0n);

console.log("| placement | beside | calm messages | p50 ms | p99 ms | max ms | busy messages/s |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const [isolation, busy] of [
  ["shared", false],
  ["shared", true],
  ["thread", true],
] as const) {
  const { latencies, produced } = await measure(isolation, busy);
  latencies.sort((a, b) => a - b);
  const at = (share: number): string => {
    const value = latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
    return value === undefined ? "" : (value / 1000).toFixed(1);
  };
  const rate = Math.round(produced / Number(values.seconds));
  console.log(
    `| ${isolation} | ${busy ? "busy" : "nothing"} | ${latencies.length} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${rate} |`,
  );
}
