import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { type ConnectorContext, isRetryable, parseConfig } from "@iggy-connectors/sdk";
import { makeFrames, PARTITION } from "@iggy-connectors/test-support";
import { createBatchPlan } from "@iggy-connectors/transforms";
import sink from "./readme-sink.ts";

describe("the README's sink", () => {
  it("is the sink that is tested here", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const source = readFileSync(new URL("./readme-sink.ts", import.meta.url), "utf8");
    assert.equal(/```ts\n([\s\S]*?)```/.exec(readme)?.[1], source);
  });

  it("delivers a batch, and is retried while the other side is busy", async () => {
    const bodies: string[] = [];
    const server = createServer(async (request, response) => {
      bodies.push(await text(request));
      response.writeHead(bodies.length === 1 ? 200 : 503).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      const config = await parseConfig(sink.config, { url: `http://127.0.0.1:${port}/` });
      const instance = sink.create(config, {} as ConnectorContext);
      const { batch } = createBatchPlan({ schema: "json" }).run(makeFrames(['{"a":1}', "[2]"]), PARTITION);
      const context = { signal: new AbortController().signal, attempt: 1 };
      await instance.consume(batch, context);
      assert.deepEqual(bodies, ['{"a":1}\n[2]\n']);
      await assert.rejects(async () => instance.consume(batch, context), isRetryable);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
