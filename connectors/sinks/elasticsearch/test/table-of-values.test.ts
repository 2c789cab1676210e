import { test } from "node:test";
import { asMembers, assertCarried } from "@iggy-connectors/test-support";
import { setup } from "./setup.ts";

for (const include_metadata of [false, true]) {
  const what = include_metadata ? "with metadata" : "without metadata";
  test(`what every codec delivers is the document as it was delivered: ${what}`, async (t) => {
    const { server, consume } = await setup(t, { include_metadata });
    await assertCarried("elasticsearch", "documents", {
      consume,
      stored: () =>
        server
          .bulks()
          .flatMap(({ body }) => body.toString().trimEnd().split("\n"))
          .filter((_, index) => index % 2 === 1),
      ...(include_metadata ? { within: asMembers } : {}),
    });
  });
}
