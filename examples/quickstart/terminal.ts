import type { ConnectorSnapshot } from "@iggy-connectors/runtime";

const WIDTH_LIMIT = 120;

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

/** The table: one line per connector, with rates in and out, totals and errors. */
export function describe(snapshots: readonly ConnectorSnapshot[], rates: Rates): string[] {
  const rows = snapshots.map(({ type, key, state, counters, lag, lastError, pluginMetrics }) => {
    const now = rates.of(type, key);
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
      `in ${rate(now.in)}`,
      `out ${rate(now.out)}`,
      `total ${count(total)}`,
      notes.join(", "),
    ];
  });
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}

/** How far a file source has read, from the gauges it keeps. */
function readingProgress(metrics: ConnectorSnapshot["pluginMetrics"]): string | undefined {
  const value = (name: string): number | undefined => metrics.find((metric) => metric.name === name)?.value;
  const offset = value("file_offset_bytes");
  const size = value("file_size_bytes");
  if (offset === undefined || size === undefined || size === 0) return undefined;
  return `read ${(offset / 1e6).toFixed(1)} of ${(size / 1e6).toFixed(1)} MB (${Math.floor((offset / size) * 100)} %)`;
}
