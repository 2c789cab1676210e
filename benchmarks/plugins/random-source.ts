import { defineSource, type Source } from "@iggy-connectors/sdk";
import { randomSource } from "@iggy-connectors/source-random";
import { z } from "zod";
import { Meter } from "./measure.ts";

const config = z.object({ port: z.int(), warm: z.int(), total: z.int(), random: randomSource.config });

interface State {
  readonly messages_produced: number;
}

/** The random source as it is, which counts what Iggy has confirmed. */
export default defineSource<typeof config, State>({
  ...randomSource,
  name: "measured-random",
  config,
  schemaOf: () => "json",
  create: ({ port, warm, total, random }, context): Source<State> => {
    const source = randomSource.create({ ...random, max_count: total }, context);
    const meter = new Meter(port, warm, total);
    let confirmed = 0;
    return {
      async poll(polling) {
        // With one batch in flight a checkpoint is given back only once Iggy confirmed the messages it covers.
        const produced = polling.checkpoint?.messages_produced ?? 0;
        if (produced > confirmed) {
          meter.count(produced - confirmed, 0);
          confirmed = produced;
        }
        return source.poll(polling);
      },
    };
  },
});
