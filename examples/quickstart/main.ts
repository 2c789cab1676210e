/** `npm start`: the original's quick start for real, on an embedded server; see options.ts for what else it does. */
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { IggyClient } from "@iggy-connectors/client";
import { formatLogLine, type LogLine, type Runtime, runProcess, startRuntime } from "@iggy-connectors/runtime";
import { isNews, LogFile, loggedPayload } from "./log-file.ts";
import { HELP, type QuickStartOptions, readOptions } from "./options.ts";
import { assembleConnectors, QUICKWIT_URL, quickwitAnswers } from "./pipelines.ts";
import { type Companion, startProducer, startServer } from "./processes.ts";
import { describe, introduction, LiveView, Rates } from "./terminal.ts";

const DAY_MICROSECONDS = 86_400_000_000n;
const STREAMS = [
  { stream: "example_stream", topic: "example_topic" },
  { stream: "qw", topic: "records" },
] as const;

const options = readOptions(process.argv.slice(2));
if ("problem" in options) {
  process.stderr.write(`${options.problem}\n\n${HELP}\n`);
  process.exitCode = 2;
} else if (options.help) {
  process.stdout.write(`${HELP}\n`);
} else if (options.config !== undefined) {
  process.exitCode = await runProcess({ configPath: options.config });
} else {
  process.exitCode = await quickStart(options, process.stdout.isTTY && !options.plain);
}

/** Lines of the screen besides its rows: what is wrong, and states that change; with `--log` every log line. */
async function quickStart({ input, once, log }: QuickStartOptions, live: boolean): Promise<number> {
  const stop = stopRequest();
  const view = new LiveView(process.stdout);
  const rates = new Rates();
  const logFile = await LogFile.open(join("local_state", "quickstart.log"));
  let latest: string | undefined;
  let block: string[] = [];
  const say = (text: string): void => {
    if (live) view.line(text, block);
    else process.stdout.write(`${text}\n`);
  };
  const onLog = (line: LogLine): void => {
    logFile.write(line);
    latest = loggedPayload(line) ?? latest;
    if (log || isNews(line)) say(formatLogLine(line, { colours: live }));
  };

  let server: Companion | undefined;
  let producer: Companion | undefined;
  let runtime: Runtime | undefined;
  const rows = (): string[] => describe(runtime?.connectors() ?? [], rates, latest);
  try {
    const iggy = await startServer(resolve(process.env.IGGY_SYSTEM_PATH || "local_data"));
    server = iggy;
    await createStreams(iggy.address, input !== undefined);
    const quickwit = await quickwitAnswers();
    const folder = join("local_state", "quickstart", "connectors");
    await assembleConnectors(folder, { quickwit, input, once });

    runtime = await startRuntime({
      config: {
        iggy: { address: iggy.address, username: "iggy", password: "iggy" },
        http: { address: "127.0.0.1:8081", metrics: { enabled: true } },
        state: { path: "local_state" },
        connectors: { config_type: "local", config_dir: folder },
      },
      freeApiPort: true,
      onLog,
    });
    producer = startProducer(iggy.address);
    const quickwitUrl = quickwit ? QUICKWIT_URL : undefined;
    say(introduction({ server: iggy.address, api: runtime.address, quickwitUrl, input, log: logFile.path }));

    const running = runtime;
    const ticker = setInterval(() => {
      rates.add(running.connectors(), performance.now());
      block = ["", ...rows()];
      if (live) view.draw(block);
    }, 1000);
    const reporter = live ? undefined : setInterval(() => process.stdout.write(`${rows().join("\n")}\n`), 10_000);
    const finished = once ? allDelivered(running, iggy.address) : new Promise<void>(() => {});
    const asked = await Promise.race([stop.then(() => true), finished.then(() => false)]);
    clearInterval(ticker);
    clearInterval(reporter);
    view.end();
    block = [];
    process.stdout.write(asked ? "Stopping: finishing what is in hand …\n" : "Everything was delivered.\n");
    return 0;
  } catch (error) {
    view.end();
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  } finally {
    // The producer before the runtime, so that what it sent can be delivered; the server last: it must answer to the others' goodbyes.
    await producer?.stop();
    await runtime?.stop();
    if (runtime !== undefined) process.stdout.write(`${describe(runtime.connectors(), undefined).join("\n")}\n`);
    await server?.stop();
    await logFile.close();
    if (runtime !== undefined)
      process.stdout.write("Stopped. Data is in ./local_data, ./local_state and ./local_output.\n");
  }
}

async function createStreams(address: string, withInput: boolean): Promise<void> {
  const client = await IggyClient.connect({ address });
  try {
    for (const { stream, topic } of [...STREAMS, ...(withInput ? [{ stream: "input", topic: "lines" }] : [])]) {
      if ((await client.getStream(stream)) === undefined) await client.createStream(stream);
      if ((await client.getTopic(stream, topic)) !== undefined) continue;
      await client.createTopic({
        stream,
        name: topic,
        partitionsCount: 1,
        ...(stream === "input" ? {} : { messageExpiry: DAY_MICROSECONDS }),
      });
    }
  } finally {
    await client.close();
  }
}

/** Resolves at the first SIGINT or SIGTERM; the second one ends the process at once. */
function stopRequest(): Promise<void> {
  return new Promise((done) => {
    let asked = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        done();
      });
    }
  });
}

/** Resolves when the input's source has read everything and the stored offset of its sink has reached the topic's end. */
async function allDelivered(runtime: Runtime, address: string): Promise<void> {
  const client = await IggyClient.connect({ address });
  const sink = {
    consumer: { kind: "group", id: "iggy-connect-sink-lines" },
    stream: "input",
    topic: "lines",
    partition: 0,
  } as const;
  try {
    for (;;) {
      const source = runtime.connectors().find(({ type, key }) => type === "source" && key === "input");
      if (source?.state === "failed") throw new Error(source.lastError?.message ?? "the input could not be read");
      if (source?.state === "completed") {
        const messages = (await client.getTopic("input", "lines"))?.messagesCount ?? 0n;
        const stored = (await client.getConsumerOffset(sink))?.storedOffset ?? -1n;
        if (stored + 1n >= messages) return;
      }
      await wait(200);
    }
  } finally {
    await client.close();
  }
}
