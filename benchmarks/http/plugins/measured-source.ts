import { defineSource } from "@iggy-connectors/sdk";
import { httpSource } from "@iggy-connectors/source-http";
import { z } from "zod";
import { Meter } from "../../plugins/measure.ts";

const config = z.object({ port: z.int(), warm: z.int(), total: z.int(), http: httpSource.config });

/** The HTTP source, which counts what Iggy has confirmed. */
export default defineSource<typeof config, { readonly confirmed: number }, Uint8Array>({
  ...httpSource,
  name: "measured-http",
  config,
  schemaOf: () => undefined,
  create: ({ port, warm, total, http }, context) => {
    const source = httpSource.create(http, context);
    const meter = new Meter(port, warm, total);
    let counted = 0;
    return {
      open: (opening) => source.open?.(opening) ?? Promise.resolve(),
      close: () => source.close?.() ?? Promise.resolve(),
      poll: (polling) => source.poll(polling),
      async onDelivered(checkpoint) {
        await source.onDelivered?.(checkpoint);
        meter.count(checkpoint.confirmed - counted, 0);
        counted = checkpoint.confirmed;
      },
    };
  },
});
