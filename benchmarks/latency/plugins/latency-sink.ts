import { createConnection, type Socket } from "node:net";
import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";
import { clock } from "../clock.ts";

/** Tells the driver of each message how long it took from its sending, microseconds. */
export default defineSink({
  name: "latency",
  version: "1.0.0",
  description: "Tells how old each message is when it arrives.",
  schemas: ["raw"],
  delivery: "at-least-once",
  config: z.object({ port: z.int() }),
  create({ port }) {
    let socket: Socket | undefined;
    return {
      async open() {
        socket = createConnection(port, "127.0.0.1").setNoDelay(true);
        socket.unref();
      },
      async close() {
        socket?.destroy();
      },
      async consume(batch) {
        const now = clock();
        const latencies = Array.from(batch, ({ payload }) => now - Number(Buffer.from(payload).readBigUInt64LE(0)));
        socket?.write(`${latencies.join(" ")} `);
      },
    };
  },
});
