import { test } from "node:test";
import { asPayload, assertCarried, splitArray } from "@iggy-connectors/test-support";
import { setup } from "./setup.ts";

const SPLIT = {
  ndjson: (body: string) => body.trimEnd().split("\n"),
  json_array: splitArray,
  individual: (body: string) => [body],
};

for (const [batch_mode, split] of Object.entries(SPLIT)) {
  for (const include_metadata of [false, true]) {
    const what = `${batch_mode}, ${include_metadata ? "with" : "without"} metadata`;
    test(`what every codec delivers is sent as it was delivered: ${what}`, async (t) => {
      const { destination, consume } = await setup(t, { batch_mode, include_metadata, max_concurrent_requests: 1 });
      await assertCarried("http", batch_mode, {
        consume,
        stored: () => destination.requests.flatMap(({ body }) => split(body.toString())),
        ...(include_metadata ? { within: asPayload } : {}),
      });
    });
  }
}
