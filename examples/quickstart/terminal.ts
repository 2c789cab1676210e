import type { ConnectorSnapshot } from "@iggy-connectors/runtime";
import { printableLine } from "@iggy-connectors/runtime/printable";

/** Characters of a line at most. */
const WIDTH_LIMIT = 98;

/** One connector's counters at one moment. */
interface Sample {
  readonly at: number;
  readonly in: number;
  readonly out: number;
}

/** Rates over the last few seconds, per connector. */
export class Rates {
  readonly #samples = new Map<string, Sample[]>();

  add(snapshots: readonly ConnectorSnapshot[], at: number): void {
    for (const { type, key, counters } of snapshots) {
      const samples = this.#samples.get(`${type}/${key}`) ?? [];
      const taken = type === "sink" ? counters.consumed : counters.produced;
      const given = type === "sink" ? counters.delivered : counters.sent;
      samples.push({ at, in: taken, out: given });
      while (samples.length > 6) samples.shift();
      this.#samples.set(`${type}/${key}`, samples);
    }
  }

  of(type: string, key: string): { readonly in: number; readonly out: number } {
    const samples = this.#samples.get(`${type}/${key}`) ?? [];
    const first = samples[0];
    const last = samples[samples.length - 1];
    if (first === undefined || last === undefined || last.at === first.at) return { in: 0, out: 0 };
    const seconds = (last.at - first.at) / 1000;
    return { in: (last.in - first.in) / seconds, out: (last.out - first.out) / seconds };
  }
}

/** A block of lines at the bottom of the terminal that is redrawn every second; log lines scroll above it. */
export class LiveView {
  readonly #out: NodeJS.WriteStream;
  #drawn = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  /** Writes a log line above the block. */
  line(text: string, block: readonly string[]): void {
    this.#erase();
    this.#out.write(`${text}\n`);
    this.draw(block);
  }

  draw(block: readonly string[]): void {
    this.#erase();
    const width = Math.min(this.#out.columns ?? WIDTH_LIMIT, WIDTH_LIMIT);
    this.#out.write(block.map((line) => `${line.slice(0, width - 1)}\n`).join(""));
    this.#drawn = block.length;
  }

  /** Leaves the last block standing. */
  end(): void {
    this.#drawn = 0;
  }

  #erase(): void {
    if (this.#drawn > 0) this.#out.write(`\x1b[${this.#drawn}A\x1b[0J`);
    this.#drawn = 0;
  }
}

const count = (value: number): string => Math.round(value).toLocaleString("en");
const rate = (value: number): string => `${value >= 100 ? count(value) : value.toFixed(1)}/s`;

interface Places {
  readonly server: string;
  readonly api: string | undefined;
  readonly quickwitUrl: string | undefined;
  readonly input: string | undefined;
  readonly log: string;
}

/** What runs, and where to look. */
export function introduction({ server, api, quickwitUrl, input, log }: Places): string {
  const port = server.endsWith(":8090") ? "" : " (8090 is taken)";
  const address = api === "127.0.0.1:8081" ? "" : ` --api http://${api}`;
  return `
Iggy Connectors, the quick start. Ctrl-C stops it; the next start resumes.

  random source → example_stream/example_topic → one field added → stdout sink
  sample data   → qw/records → fields added and deleted → ${quickwitUrl ?? "files in ./local_output/qw/records"}${
    quickwitUrl === undefined ? ` (no Quickwit here)` : ""
  }${input === undefined ? "" : `\n  ${input} → input/lines → files in ./local_output`}

  Iggy server   ${server}${port}, embedded; its data is in ./local_data
  HTTP API      http://${api}/docs, /stats, /metrics
  log           ./${log}

In another terminal:
  npx iggy-connectors top${address}                       all connectors, live
  npx iggy-connectors tail stdout${address}               messages before and after each transform
  npx iggy-connectors consume example_stream example_topic --follow${server.endsWith(":8090") ? "" : ` --iggy ${server}`}
`;
}

/**
 * The table: one line per connector, with rates in and out (undefined: they are over), totals and errors; and the latest
 * message that the stdout sink printed.
 */
export function describe(snapshots: readonly ConnectorSnapshot[], rates: Rates | undefined, latest?: string): string[] {
  const rows = snapshots.map(({ type, key, state, counters, lag, lastError, pluginMetrics }) => {
    const now = rates?.of(type, key);
    const total = type === "sink" ? counters.delivered : counters.sent;
    const notes: string[] = [];
    if (type === "sink" && lag > 0) notes.push(`lag ${count(lag)}`);
    if (counters.deadLettered > 0) notes.push(`dead letters ${count(counters.deadLettered)}`);
    const progress = readingProgress(pluginMetrics);
    if (progress !== undefined) notes.push(progress);
    if (lastError !== undefined && state !== "running") notes.push(lastError.message);
    return [
      `${type} ${key}`,
      state,
      ...(now === undefined ? [] : [`in ${rate(now.in)}`, `out ${rate(now.out)}`]),
      `total ${count(total)}`,
      notes.join(", "),
    ];
  });
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const shown = latest === undefined ? [] : [`latest       ${printableLine(latest)}`.slice(0, WIDTH_LIMIT)];
  const table = rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return [...table, ...shown];
}

/** How far a file source has read, from the gauges it keeps. */
function readingProgress(metrics: ConnectorSnapshot["pluginMetrics"]): string | undefined {
  const value = (name: string): number | undefined => metrics.find((metric) => metric.name === name)?.value;
  const offset = value("file_offset_bytes");
  const size = value("file_size_bytes");
  if (offset === undefined || size === undefined || size === 0) return undefined;
  return `read ${(offset / 1e6).toFixed(1)} of ${(size / 1e6).toFixed(1)} MB (${Math.floor((offset / size) * 100)} %)`;
}
