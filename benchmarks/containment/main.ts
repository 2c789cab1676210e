import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { IggyClient } from "@iggy-connectors/client";
import { clock } from "../latency/clock.ts";
import { listen } from "../latency/listen.ts";
import { median } from "../median.ts";
import { writeRuntimeConfiguration } from "../runtime-configuration.ts";
import { startRuntimeProcess, startServerProcess } from "../servers.ts";

const HELP = `npm run bench -- containment [options]

For how long a connector that ends its shared worker, or keeps it, holds up the others in it: each neighbour gets a message
every 50 ms, and the one that takes longest from its sending to its plugin is what is printed.

  --rounds N       faults of each kind, each in a runtime of its own (default 3)
  --neighbours N   calm sinks, over the shared workers of all cores (default 4)
  --deed NAME      exit, throw or hang alone (default all of them)
  --built          the compiled packages (npm run build) instead of the sources`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    neighbours: { type: "string", default: "4" },
    deed: { type: "string" },
    built: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

const PORT = 18_083;
/** Milliseconds between two messages of a neighbour. */
const PACE = 50;
/** Milliseconds for which messages flow before the fault, and at least after it. */
const BEFORE = 2000;
const AFTER = 6000;
const plugin = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const sink = (key: string, path: string, settings: string): string => `type = "sink"
key = "${key}"
enabled = true
version = 0
name = "${key}"
path = "${path}"
isolation = "shared"
[[streams]]
stream = "bench"
topics = ["${key}"]
schema = "raw"
poll_interval = "5ms"
[plugin_config]
${settings}
`;

/** Milliseconds that the slowest message of a neighbour took. */
async function measure(deed: string, neighbours: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "iggy-bench-containment-"));
  const server = await startServerProcess(join(folder, "data"));
  const client = await IggyClient.connect({ address: server.address });
  const { port, latencies, close } = await listen();
  try {
    const calm = Array.from({ length: neighbours }, (_, index) => `calm-${index}`);
    await client.createStream("bench");
    for (const name of ["culprit", ...calm]) await client.createTopic({ stream: "bench", name, partitionsCount: 1 });
    const latency = plugin("../latency/plugins/latency-sink.ts");
    const connectors = new Map(calm.map((key) => [key, sink(key, latency, `port = ${port}`)]));
    connectors.set("culprit", sink("culprit", plugin("./plugins/culprit-sink.ts"), ""));
    const config = await writeRuntimeConfiguration(folder, { iggy: server.address, connectors, port: PORT });
    const runtime = startRuntimeProcess(config, values.built);
    try {
      await allRunning(connectors.size);
      const send = async (topic: string, payload: Uint8Array): Promise<void> => {
        await client.sendMessages({ stream: "bench", topic, messages: [{ payload }] });
      };
      let sent = 0;
      let harm: Promise<void> | undefined;
      for (const began = performance.now(); performance.now() - began < BEFORE + AFTER; await sleep(PACE)) {
        const payload = Buffer.alloc(8);
        payload.writeBigUInt64LE(BigInt(clock()));
        await Promise.all(calm.map((topic) => send(topic, payload)));
        sent += calm.length;
        if (performance.now() - began > BEFORE) harm ??= send("culprit", Buffer.from(deed));
      }
      await harm;
      for (const deadline = Date.now() + 120_000; latencies.length < sent; await sleep(PACE)) {
        if (Date.now() > deadline) throw new Error(`${latencies.length} of ${sent} messages arrived`);
      }
      return Math.max(...latencies) / 1000;
    } finally {
      await runtime.stop();
    }
  } finally {
    close();
    await client.close();
    await server.stop();
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

console.log("| fault | neighbours | slowest message ms | load of the machine |");
console.log("| --- | --- | --- | --- |");
for (const deed of values.deed === undefined ? ["exit", "throw", "hang"] : [values.deed]) {
  const runs: number[] = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    process.stderr.write(`${deed}, round ${round} …\n`);
    runs.push(await measure(deed, Number(values.neighbours)));
  }
  const [least, most] = [Math.min(...runs), Math.max(...runs)].map((run) => run.toFixed(0));
  const load = loadavg()[0]!.toFixed(1);
  console.log(`| ${deed} | ${values.neighbours} | ${median(runs).toFixed(0)} (${least} … ${most}) | ${load} |`);
}
