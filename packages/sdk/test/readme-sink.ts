import { defineSink, RetryableError } from "@iggy-connectors/sdk";
import { z } from "zod";

export default defineSink({
  name: "lines",
  version: "1.0.0",
  description: "Posts batches as JSON lines",
  schemas: ["json"],
  delivery: "at-least-once",
  config: z.object({ url: z.url().describe("Where batches are posted") }),
  create: ({ url }) => ({
    async consume(batch, { signal }) {
      const reply = await fetch(url, { method: "POST", body: batch.toLines(), signal });
      if (!reply.ok) throw new RetryableError(`${url} answered ${reply.status}`);
    },
  }),
});
