import { defineSink, FatalError, RejectedError, RetryableError, secret } from "@iggy-connectors/sdk";
import { z } from "zod";

const config = z.object({
  auth: z.object({ password: secret(), tokens: z.array(z.object({ token: secret() })) }),
  headers: z.record(z.string(), secret()),
  url: z.string(),
  from_environment: secret(),
  from_file: secret(),
  placeholder: secret(),
  fatal: z.boolean().default(false),
});

/** Reveals everything it knows wherever it can, as careless code does. */
export default defineSink({
  name: "leaky",
  version: "1.0.0",
  description: "Tells its secrets.",
  schemas: ["json"],
  delivery: "at-least-once",
  config,
  create(settings, { logger }) {
    const said = `${JSON.stringify(settings)} ${settings.auth.password} ${encodeURIComponent(settings.headers.authorization ?? "")} ${settings.url}`;
    const repeated = new Set<bigint>();
    return {
      async open() {
        for (const level of ["trace", "debug", "info", "warn", "error"] as const) {
          logger[level](`configured ${said}`, { settings, deep: [[[[[[[[[settings]]]]]]]]], cause: new Error(said) });
        }
        console.log(said);
        console.error(settings);
        if (settings.fatal)
          throw new FatalError(`cannot use ${said}`, { code: "IGC_SINK_LEAKY", place: said, fix: said });
      },
      async consume(batch) {
        const rejected = [];
        for (const { offset, value } of batch) {
          const { word } = value as { word: string };
          if (word === "reject") rejected.push({ offset, error: new RejectedError(said, { code: "IGC_SINK_LEAKY" }) });
          if (word === "repeat" && !repeated.has(offset)) {
            repeated.add(offset);
            throw new RetryableError(`${settings.url} refused ${said}`);
          }
        }
        return { rejected };
      },
    };
  },
});
