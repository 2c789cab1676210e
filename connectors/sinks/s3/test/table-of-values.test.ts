import { after, before, test } from "node:test";
import { asPayload, assertCarried, missingPython, S3Server, splitArray } from "@iggy-connectors/test-support";
import { TestBucket } from "./bucket.ts";
import { flush, signal, startSink } from "./setup.ts";

const skip = process.env.S3_URL === undefined && (await missingPython());
const SPLIT = { json_lines: (text: string) => text.trimEnd().split("\n"), json_array: splitArray };

let server: S3Server;
if (skip === false) {
  before(async () => {
    server = await S3Server.start();
  });
  after(() => server[Symbol.asyncDispose]());
}

for (const [output_format, split] of Object.entries(SPLIT)) {
  for (const envelope of [false, true]) {
    const what = `${output_format}, ${envelope ? "in records" : "alone"}`;
    test(`what every codec delivers is in the object as it was delivered: ${what}`, { skip }, async (t) => {
      const bucket = await TestBucket.create(server);
      const { sink } = await startSink(t, { ...bucket.settings(), output_format, envelope });
      await assertCarried("s3", output_format, {
        consume: (batch) => sink.consume(batch, { signal, attempt: 1 }),
        async stored() {
          await flush(sink);
          return split(await bucket.text());
        },
        ...(envelope ? { within: asPayload } : {}),
      });
    });
  }
}
