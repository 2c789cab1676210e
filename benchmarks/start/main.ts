import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { IggyClient } from "@iggy-connectors/client";
import { median } from "../median.ts";
import { cpuMilliseconds, processMemory } from "../process-figures.ts";
import { writeRuntimeConfiguration } from "../runtime-configuration.ts";
import { startServerProcess } from "../servers.ts";

const HELP = `npm run bench -- start [options]

Starts the command and waits for the first message of every connector at its destination (the stdout sink, one topic each, one
message), then measures memory while nothing happens. CPU is that of the whole process since it began, from the operating system.
"cold": with an empty compile cache; "warm": with that of the start before. Linux only.

  --rounds N         starts per row (default 5)
  --idle SECONDS     how long nothing happens before memory is measured (default 12)
  --connectors LIST  numbers of connectors (default 1,10)
  --isolation LIST   placements (default thread,shared)
  --built            the bundle (npm run build) instead of the sources`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    idle: { type: "string", default: "12" },
    connectors: { type: "string", default: "1,10" },
    isolation: { type: "string", default: "thread,shared" },
    built: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}

const MAIN = fileURLToPath(
  new URL(`../../packages/cli/${values.built ? "dist/main.js" : "src/main.ts"}`, import.meta.url),
);
const FLAGS = values.built ? [] : process.execArgv;
const MESSAGE = '{"first":true}';
const FOLDER = await mkdtemp(join(tmpdir(), "iggy-bench-start-"));

interface Start {
  /** Milliseconds from the start of the process to the last connector's first message. */
  readonly wall: number;
  readonly cpu: number;
}

/** Milliseconds until a command has ended. */
async function measureCommand(commandLine: readonly string[], cache: string): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, commandLine, {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  });
  await once(child, "exit");
  return performance.now() - began;
}

async function startRuntime(config: string, cache: string, connectors: number) {
  const began = performance.now();
  const child = spawn(process.execPath, [...FLAGS, MAIN, "run", "--config", config], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: cache, RUST_LOG: "error" },
  });
  let output = "";
  for await (const chunk of child.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    output += chunk as string;
    if (output.split(MESSAGE).length > connectors) break;
  }
  const start = { wall: performance.now() - began, cpu: cpuMilliseconds(child.pid!) };
  child.stdout.resume();
  return {
    start,
    pid: child.pid!,
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

function writeConfiguration(iggy: string, isolation: string, count: number, round: string): Promise<string> {
  const text = (index: number): string => `type = "sink"
key = "c${index}"
enabled = true
version = 0
name = "c${index}"
path = "stdout"
isolation = "${isolation}"
[[streams]]
stream = "start"
topics = ["t${index}"]
schema = "json"
consumer_group = "${round}"
[plugin_config]
format = "raw"
`;
  const connectors = new Map(Array.from({ length: count }, (_, index) => [`c${index}`, text(index)]));
  return writeRuntimeConfiguration(join(FOLDER, round), { iggy, connectors });
}

const range = (numbers: readonly number[]): string =>
  `${median(numbers).toFixed(0)} (${Math.min(...numbers).toFixed(0)} … ${Math.max(...numbers).toFixed(0)})`;

const counts = values.connectors.split(",").map(Number);
const rounds = Number(values.rounds);
const server = await startServerProcess(join(FOLDER, "data"));
const client = await IggyClient.connect({ address: server.address });
try {
  await client.createStream("start");
  for (let index = 0; index < Math.max(...counts); index++) {
    const topic = `t${index}`;
    await client.createTopic({ stream: "start", name: topic, partitionsCount: 1 });
    await client.sendMessages({ stream: "start", topic, messages: [{ payload: Buffer.from(MESSAGE) }] });
  }
  console.log("| command | wall ms |\n| --- | --- |");
  const warm = join(FOLDER, "cache-commands");
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ["node -e 0", ["-e", "0"]],
    ...["--help", "--version", "completion bash"].map(
      (words) => [words, [...FLAGS, MAIN, ...words.split(" ")]] as const,
    ),
  ];
  const walls = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const [name, commandLine] of commands) {
      const wall = await measureCommand(commandLine, warm);
      // The first round fills the compile cache.
      if (round > 0) walls.set(name, [...(walls.get(name) ?? []), wall]);
    }
  }
  for (const [name, times] of walls) console.log(`| ${name} | ${range(times)} |`);

  console.log("\n| placement | connectors | cold CPU ms | warm CPU ms | warm wall ms | idle MB | PSS MB | peak MB |");
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const isolation of values.isolation.split(",")) {
    for (const count of counts) {
      const cache = join(FOLDER, `cache-${isolation}-${count}`);
      const starts: Start[] = [];
      let memory = { resident: Number.NaN, proportional: Number.NaN, peak: Number.NaN };
      for (let round = 0; round <= rounds; round++) {
        process.stderr.write(`${isolation}, ${count}: start ${round} …\n`);
        const config = await writeConfiguration(server.address, isolation, count, `${isolation}-${count}-${round}`);
        const runtime = await startRuntime(config, cache, count);
        starts.push(runtime.start);
        if (round === rounds) {
          await sleep(Number(values.idle) * 1000);
          memory = processMemory(runtime.pid);
        }
        await runtime.stop();
      }
      const [cold, ...others] = starts;
      const megabytes = [memory.resident, memory.proportional, memory.peak].map((bytes) => (bytes / 1e6).toFixed(0));
      const cells = [
        cold?.cpu,
        range(others.map(({ cpu }) => cpu)),
        range(others.map(({ wall }) => wall)),
        ...megabytes,
      ];
      console.log(`| ${[isolation, count, ...cells].join(" | ")} |`);
    }
  }
} finally {
  await client.close();
  await server.stop();
  await rm(FOLDER, { recursive: true, force: true });
}
