import { test } from "node:test";
import { assertCarried } from "@iggy-connectors/test-support";
import { content, setup } from "./setup.ts";

test("what every codec delivers is in the file as it was delivered", async (t) => {
  const { folder, start } = await setup(t);
  const sink = start();
  await assertCarried("file", "json_lines", {
    consume: (batch) => sink.consume(batch),
    async stored() {
      await sink.flush();
      return (await content(folder)).trimEnd().split("\n");
    },
  });
});
