import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";

/** Takes everything, keeps nothing. */
export default defineSink({
  name: "null",
  version: "1.0.0",
  description: "Takes everything, keeps nothing.",
  schemas: ["json"],
  delivery: "at-least-once",
  config: z.object({}),
  create: () => ({ consume: async () => undefined }),
});
