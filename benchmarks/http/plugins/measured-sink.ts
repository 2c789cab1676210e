import { defineSink } from "@iggy-connectors/sdk";
import { httpSink } from "@iggy-connectors/sink-http";
import { z } from "zod";
import { Meter } from "../../plugins/measure.ts";

/** The HTTP sink, which counts what its destination has taken. */
export default defineSink({
  name: "measured-http",
  version: httpSink.version,
  description: httpSink.description,
  schemas: httpSink.schemas,
  delivery: httpSink.delivery,
  config: z.object({ port: z.int(), warm: z.int(), total: z.int(), http: httpSink.config }),
  create: ({ port, warm, total, http }, context) => {
    const sink = httpSink.create(http, context);
    const meter = new Meter(port, warm, total);
    return {
      open: (opening) => sink.open?.(opening) ?? Promise.resolve(),
      close: () => sink.close?.() ?? Promise.resolve(),
      async consume(batch, consuming) {
        const { length, payloadBytes } = batch;
        const result = await sink.consume(batch, consuming);
        if (result?.rejected?.length) throw new Error(`the destination refused ${result.rejected.length} messages`);
        meter.count(length, payloadBytes);
      },
    };
  },
});
