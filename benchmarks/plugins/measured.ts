import { defineSink, type SinkDefinition } from "@iggy-connectors/sdk";
import { z } from "zod";
import { Meter } from "./measure.ts";

/** The sink of a connector, configured below `sink`, which counts what its destination has taken. */
export function measuredSink(definition: SinkDefinition<z.ZodType>): SinkDefinition {
  const config = z.object({ port: z.int(), warm: z.int(), total: z.int(), sink: definition.config });
  return defineSink({
    name: `measured-${definition.name}`,
    version: definition.version,
    description: definition.description,
    schemas: definition.schemas,
    delivery: definition.delivery,
    config,
    create: ({ port, warm, total, sink: settings }, context) => {
      const sink = definition.create(settings, context);
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
}
