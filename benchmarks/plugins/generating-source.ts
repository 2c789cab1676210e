import { defineSource, type Source } from "@iggy-connectors/sdk";
import { z } from "zod";
import { Meter } from "./measure.ts";

interface State {
  readonly produced: number;
}

/** Produces the same payload over and over: measures the runtime's way into Iggy, not the making of data. */
export default defineSource({
  name: "generating",
  version: "1.0.0",
  description: "Produces fixed payloads as fast as they are taken.",
  schemas: ["raw", "json", "text"],
  delivery: "at-least-once",
  config: z.object({ port: z.int(), warm: z.int(), total: z.int(), payload: z.string() }),
  create: (config): Source<State> => {
    const meter = new Meter(config.port, config.warm, config.total);
    const payload = Buffer.from(config.payload);
    let delivered = 0;
    return {
      async poll({ checkpoint, maxMessages }) {
        const produced = checkpoint?.produced ?? 0;
        // A checkpoint is given back only once Iggy confirmed the messages it covers: that is what is counted.
        if (produced > delivered) {
          meter.count(produced - delivered, (produced - delivered) * payload.length);
          delivered = produced;
        }
        if (produced >= config.total) return { messages: [], completed: true };
        const count = Math.min(maxMessages, config.total - produced);
        const messages = new Array<{ payload: Uint8Array }>(count);
        for (let index = 0; index < count; index++) messages[index] = { payload };
        return { messages, checkpoint: { produced: produced + count }, more: true };
      },
    };
  },
});
