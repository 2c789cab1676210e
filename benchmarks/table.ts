import type { ClientRow } from "./client/rows.ts";
import type { Measurement } from "./measure-row.ts";
import { median } from "./median.ts";
import type { Row } from "./rows.ts";

/** Medians over the rounds, with the spread of the CPU figure beside it. */
export function printTable(results: ReadonlyMap<Row | ClientRow, readonly Measurement[]>): void {
  const lines = [["row", "CPU µs/msg", "min … max", "to reach", "original", "msg/s", "to reach", "peak MB"]];
  for (const [row, runs] of results) {
    const cpu = runs.map((run) => run.cpuPerMessage);
    lines.push([
      row.name,
      median(cpu).toFixed(2),
      `${Math.min(...cpu).toFixed(2)} … ${Math.max(...cpu).toFixed(2)}`,
      row.target === undefined ? "" : `≤ ${row.target}`,
      row.kind === "client" || row.original === undefined ? "" : String(row.original),
      Math.round(median(runs.map((run) => run.messagesPerSecond))).toLocaleString("en"),
      row.kind === "client" && row.rate !== undefined ? `≥ ${row.rate.toLocaleString("en")}` : "",
      (Math.max(...runs.map((run) => run.peakRss)) / 1e6).toFixed(0),
    ]);
  }
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  for (const line of lines) {
    console.log(
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("   "),
    );
  }
}
