import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { printConnectorTable } from "./connector-table.ts";
import type { Measurement } from "./measure-row.ts";
import { preload } from "./preload.ts";
import { startServerProcess } from "./servers.ts";

/** What the command line of a connector's benchmark says. */
export interface RowOptions {
  readonly rounds: number;
  /** Payload bytes. */
  readonly size: number;
  /** Messages measured per run, as written; the rows say how many where it is absent. */
  readonly messages: string | undefined;
  /** Whether a row is asked for: its name contains every text of the command line. */
  wants(row: { readonly name: string }): boolean;
}

/** Reads the command line; prints `help` and ends the process where that is asked for. */
export function rowOptions(help: string, defaults: { readonly messages?: string } = {}): RowOptions {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "3" },
      size: { type: "string", default: "200" },
      ...(defaults.messages === undefined ? {} : { messages: { type: "string", default: defaults.messages } as const }),
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) {
    console.log(help);
    process.exit(0);
  }
  return {
    rounds: Number(values.rounds),
    size: Number(values.size),
    messages: (values as { readonly messages?: string }).messages,
    wants: ({ name }) => positionals.every((text) => name.includes(text)),
  };
}

/** What one run of a row is given. */
export interface RowRun {
  /** Where Iggy listens; the topic `records` of the stream `bench` holds the messages. */
  readonly address: string;
  /** Distinct for each run. */
  readonly name: string;
}

/** Measures every row once per round, rows alternating, on one Iggy with `messages` messages, and prints the table. */
export async function measureRows<Row extends { readonly name: string }>(
  rows: readonly Row[],
  { rounds, size }: Pick<RowOptions, "rounds" | "size">,
  messages: number,
  measure: (row: Row, run: RowRun) => Promise<Measurement>,
): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), "iggy-bench-data-"));
  const iggy = await startServerProcess(data);
  const results = new Map<Row, Measurement[]>(rows.map((row) => [row, []]));
  try {
    await preload(iggy.address, "bench", "records", messages, size);
    for (let round = 1; round <= rounds; round++) {
      for (const [index, row] of rows.entries()) {
        process.stderr.write(`round ${round}: ${row.name} …\n`);
        results.get(row)?.push(await measure(row, { address: iggy.address, name: `${round}-${index}` }));
      }
    }
  } finally {
    await iggy.stop();
    await rm(data, { recursive: true, force: true });
  }
  printConnectorTable(results);
}
