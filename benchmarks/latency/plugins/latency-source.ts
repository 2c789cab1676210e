import { createConnection, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { defineSource } from "@iggy-connectors/sdk";
import { z } from "zod";
import { arrivals } from "../arrivals.ts";
import { clock } from "../clock.ts";

/** Records that come at random, so many a second; tells the driver of each how long it took until Iggy confirmed it, microseconds. */
export default defineSource({
  name: "latency",
  version: "1.0.0",
  description: "Tells how long a record takes into its topic.",
  schemas: ["raw"],
  delivery: "at-least-once",
  config: z.object({ port: z.int(), rate: z.number() }),
  create({ port, rate }) {
    let socket: Socket | undefined;
    const next = arrivals(rate);
    let due = clock() + next();
    let sent: number[] = [];
    return {
      async open() {
        socket = createConnection(port, "127.0.0.1").setNoDelay(true);
        socket.unref();
      },
      async close() {
        socket?.destroy();
      },
      async poll({ maxMessages, signal }) {
        const wait = (due - clock()) / 1000;
        if (wait > 0) await sleep(wait, undefined, { signal });
        const messages: { payload: Uint8Array }[] = [];
        const now = clock();
        sent = [];
        for (; due <= now && messages.length < maxMessages; due += next()) {
          messages.push({ payload: Buffer.alloc(200) });
          sent.push(due);
        }
        return { messages, more: true };
      },
      async onDelivered() {
        const now = clock();
        socket?.write(`${sent.map((at) => Math.round(now - at)).join(" ")} `);
      },
    };
  },
});
