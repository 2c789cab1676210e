import { createConnection, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { defineSource, type Source } from "@iggy-connectors/sdk";
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
  // Told as soon as Iggy confirmed a batch, and not once a checkpoint is on disk.
  checkpoints: "memory",
  config: z.object({ port: z.int(), rate: z.number() }),
  create({ port, rate }): Source<number> {
    let socket: Socket | undefined;
    const next = arrivals(rate);
    let due = clock() + next();
    /** When the records of each batch came that is not confirmed yet, by the batch's checkpoint. */
    const sent = new Map<number, readonly number[]>();
    let batches = 0;
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
        const came: number[] = [];
        for (; due <= now && messages.length < maxMessages; due += next()) {
          messages.push({ payload: Buffer.alloc(200) });
          came.push(due);
        }
        batches += 1;
        sent.set(batches, came);
        return { messages, checkpoint: batches, more: true };
      },
      async onDelivered(checkpoint) {
        const now = clock();
        for (const [batch, came] of sent) {
          if (batch > checkpoint) break;
          sent.delete(batch);
          if (came.length > 0) socket?.write(`${came.map((at) => Math.round(now - at)).join(" ")} `);
        }
      },
    };
  },
});
