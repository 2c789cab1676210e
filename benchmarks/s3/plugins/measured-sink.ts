import { defineSink } from "@iggy-connectors/sdk";
import { s3Sink } from "@iggy-connectors/sink-s3";
import { z } from "zod";
import { Meter } from "../../plugins/measure.ts";

/** The S3 sink, which counts what is in objects. */
export default defineSink({
  name: "measured-s3",
  version: s3Sink.version,
  description: s3Sink.description,
  schemas: s3Sink.schemas,
  delivery: s3Sink.delivery,
  config: z.object({ port: z.int(), warm: z.int(), total: z.int(), s3: s3Sink.config }),
  create: ({ port, warm, total, s3 }, context) => {
    const sink = s3Sink.create(s3, context);
    const meter = new Meter(port, warm, total);
    let messages = 0;
    let bytes = 0;
    return {
      open: (opening) => sink.open?.(opening) ?? Promise.resolve(),
      close: () => sink.close?.() ?? Promise.resolve(),
      committed: (ref) => sink.committed?.(ref) ?? Promise.resolve(undefined),
      reset: (ref, next) => sink.reset?.(ref, next) ?? Promise.resolve(),
      revoked: (refs) => sink.revoked?.(refs) ?? Promise.resolve(),
      async consume(batch, consuming) {
        const result = await sink.consume(batch, consuming);
        if (result?.rejected?.length) throw new Error(`the sink refused ${result.rejected.length} messages`);
        messages += batch.length;
        bytes += batch.payloadBytes;
      },
      async flush(flushing) {
        await sink.flush?.(flushing);
        meter.count(messages, bytes);
        messages = 0;
        bytes = 0;
      },
    };
  },
});
