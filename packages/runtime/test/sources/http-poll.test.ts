import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { HttpDestination } from "@iggy-connectors/testing";
import { FakeIggy } from "../task/fake-iggy.ts";
import { sourceDefinition } from "../task/plugins.ts";
import { RunningTask, taskSpec, until } from "../task/task-harness.ts";

const URL_OF_SOURCE = new URL("../../../../connectors/sources/http_poll/src/index.ts", import.meta.url).href;

async function start(iggy: FakeIggy, folder: string, config: Record<string, unknown>): Promise<RunningTask> {
  const base = taskSpec(sourceDefinition(() => ({ poll: async () => ({ messages: [] }) })));
  return new RunningTask(
    {
      ...base,
      plugin: { path: "http_poll", url: URL_OF_SOURCE },
      pluginConfig: { interval: "1ms", ...config },
      sourceStreams: [{ ...base.sourceStreams[0]!, schema: "json" }],
      checkpoint: { path: join(folder, "s.state"), interval: 0 },
    },
    iggy,
  );
}

test("what the HTTP polling source meets is shown by its state, after what arrived was sent", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "iggy-poll-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const api = await HttpDestination.start();
  t.after(() => api[Symbol.asyncDispose]());
  const url = `${api.url}/x`;
  const texts = (iggy: FakeIggy) => iggy.log("s", "t").map(({ payload }) => Buffer.from(payload).toString());

  await t.test("a link to another server", async () => {
    api.otherwise = { body: "[1,2]", headers: { link: '<http://elsewhere.example/>; rel="next"' } };
    const iggy = new FakeIggy();
    const task = await start(iggy, folder, { url, pagination: { type: "link_header" } });
    await assert.doesNotReject(task.done);
    assert.equal(task.status.state, "failed");
    assert.equal(task.status.lastError?.code, "IGC_SOURCE_HTTP_POLL_NEXT");
    assert.deepEqual(texts(iggy), ["1", "2"]);
  });

  await t.test("a rate limit", async () => {
    api.otherwise = { body: "[3]", headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60" } };
    const iggy = new FakeIggy();
    const task = await start(iggy, await mkdtemp(join(folder, "limit-")), { url });
    const status = await task.reached(({ state }) => state === "retrying");
    assert.match(JSON.stringify(status), /rate limit is used up until/);
    await until(() => texts(iggy).length === 1);
    await task.kill();
  });
});
