import { createConnection, type Socket } from "node:net";
import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";
import type { Progress } from "../progress.ts";

/** Counts what arrives and reports every so many messages what the whole process has used: several tasks report side by side. */
export default defineSink({
  name: "progress",
  version: "1.0.0",
  description: "Counts what arrives and reports to the benchmark's driver.",
  schemas: ["raw", "json"],
  delivery: "at-least-once",
  config: z.object({ port: z.int(), step: z.int() }),
  create({ port, step }) {
    let socket: Socket | undefined;
    const next = new Map<number, bigint>();
    let messages = 0;
    return {
      async open() {
        socket = createConnection(port, "127.0.0.1");
        socket.unref();
      },
      async close() {
        socket?.destroy();
      },
      async consume(batch) {
        const { partition } = batch;
        const expected = next.get(partition);
        if (expected !== undefined && batch.firstOffset > expected) {
          throw new Error(`gap in partition ${partition}: expected ${expected}, got ${batch.firstOffset}`);
        }
        next.set(partition, batch.lastOffset + 1n);
        messages += batch.length;
        if (messages < step) return;
        const { user, system } = process.cpuUsage();
        const at = performance.timeOrigin + performance.now();
        const report: Progress = { messages, cpu: user + system, at, rss: process.memoryUsage.rss() };
        socket?.write(`${JSON.stringify(report)}\n`);
        messages = 0;
      },
    };
  },
});
