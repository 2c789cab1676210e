import type { Measurement } from "./measure-row.ts";
import { median } from "./median.ts";

/** A line per row of a connector: medians over the rounds. */
export function printConnectorTable(results: ReadonlyMap<{ readonly name: string }, readonly Measurement[]>): void {
  console.log(`${"row".padEnd(46)}${"CPU µs/msg".padStart(12)}${"min … max".padStart(20)}${"msg/s".padStart(12)}`);
  for (const [{ name }, runs] of results) {
    const cpu = runs.map(({ cpuPerMessage }) => cpuPerMessage);
    const spread = `${Math.min(...cpu).toFixed(2)} … ${Math.max(...cpu).toFixed(2)}`;
    const rate = Math.round(median(runs.map(({ messagesPerSecond }) => messagesPerSecond))).toLocaleString("en");
    console.log(`${name.padEnd(46)}${median(cpu).toFixed(2).padStart(12)}${spread.padStart(20)}${rate.padStart(12)}`);
  }
}
