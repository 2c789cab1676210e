import { defineSink, RetryableError } from "@iggy-connectors/sdk";
import { z } from "zod";

/** Posts batches as lines. */
export default defineSink({
  name: "lines",
  version: "1.0.0",
  description: "Posts batches as lines",
  schemas: ["json", "text", "raw"],
  delivery: "at-least-once",
  config: z.object({ url: z.url() }),
  create: ({ url }, { logger }) => ({
    async consume(batch, { signal }) {
      const reply = await fetch(url, { method: "POST", body: batch.toLines(), signal });
      if (!reply.ok) throw new RetryableError(`the destination answered ${reply.status}`);
      logger.debug(`sent ${batch.length} messages`);
    },
  }),
});
