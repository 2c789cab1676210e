import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listenForMarks } from "./marks.ts";
import { samplePayload } from "./payload.ts";
import type { Row } from "./rows.ts";
import { writeRuntimeConfiguration } from "./runtime-configuration.ts";
import { startRuntimeProcess } from "./servers.ts";

const plugin = (name: string): string => fileURLToPath(new URL(`./plugins/${name}.ts`, import.meta.url));

export interface Measurement {
  /** CPU of the runtime process per message, all threads, microseconds. */
  readonly cpuPerMessage: number;
  readonly messagesPerSecond: number;
  /** Highest resident memory of the runtime process, bytes. */
  readonly peakRss: number;
}

export interface MeasureOptions {
  readonly address: string;
  readonly stream: string;
  readonly topic: string;
  readonly warm: number;
  readonly total: number;
  readonly size: number;
  /** Measure the compiled packages instead of the sources. */
  readonly built: boolean;
  /** Makes the consumer group and the target topic of this run new. */
  readonly run: string;
}

/** One run of one row in a fresh runtime process. */
export function measureRow(row: Row, options: MeasureOptions): Promise<Measurement> {
  return measureConnector((port) => connectorFile(row, options, port), options);
}

/**
 * A fresh runtime process with one connector, whose file is made for the port that its plugin reports to: from the end of the
 * warm-up to the last message at the destination.
 */
export async function measureConnector(
  connector: (port: number) => string,
  options: Pick<MeasureOptions, "address" | "built">,
): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), "iggy-bench-"));
  const marks = await listenForMarks();
  const connectors = new Map([["measured", connector(marks.port)]]);
  const config = await writeRuntimeConfiguration(folder, { iggy: options.address, connectors });
  const runtime = startRuntimeProcess(config, options.built);
  try {
    const warm = await marks.wait("warm", 120_000);
    const done = await marks.wait("done", 300_000);
    const messages = done.messages - warm.messages;
    return {
      cpuPerMessage: (done.cpu - warm.cpu) / messages,
      messagesPerSecond: (messages / (done.at - warm.at)) * 1000,
      peakRss: Math.max(done.rss, await highWaterMark(runtime.child.pid)),
    };
  } finally {
    await runtime.stop();
    marks.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function connectorFile(row: Row, options: MeasureOptions, port: number): string {
  const head = `type = "${row.kind}"\nkey = "measured"\nenabled = true\nversion = 0\nname = "Measured"\n`;
  const counts = `port = ${port}\nwarm = ${options.warm}\ntotal = ${options.total}\n`;
  if (row.kind === "sink") {
    return `${head}path = "${plugin("counting-sink")}"\n[[streams]]\nstream = "${options.stream}"\ntopics = ["${options.topic}"]\nschema = "${row.schema}"\nvalidate = ${row.validate}\nbatch_length = 1000\nconsumer_group = "bench-${options.run}"\n${row.transforms}\n[plugin_config]\n${counts}`;
  }
  const settings =
    row.generator === "random"
      ? `[plugin_config.random]\ninterval = "1ms"\nmessages_range = [1000, 1001]\npayload_size = ${options.size}\n`
      : `payload = '''${samplePayload(options.size, 0).toString()}'''\n`;
  return `${head}path = "${plugin(`${row.generator ?? "generating"}-source`)}"\n[[streams]]\nstream = "${options.stream}"\ntopic = "source-${options.run}"\nschema = "${row.schema}"\nbatch_length = 1000\nlinger_time = "0"\n${row.transforms}\n[plugin_config]\n${counts}${settings}`;
}

/** `VmHWM` where the system offers it (Linux), else 0. */
async function highWaterMark(pid: number | undefined): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
