import { defineSink, RetryableError } from "@iggy-connectors/sdk";
import { z } from "zod";

export default defineSink({
  name: "webhook",
  version: "1.0.0",
  description: "Posts each batch as lines of JSON.",
  schemas: ["json"],
  delivery: "at-least-once",
  config: z.object({ url: z.url().describe("where to post to") }),
  create: ({ url }) => ({
    async consume(batch, { signal }) {
      const reply = await fetch(url, { method: "POST", body: batch.toLines(), signal });
      if (!reply.ok) throw new RetryableError(`${url} answered ${reply.status}`);
    },
  }),
});
