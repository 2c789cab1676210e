import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createStore } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { scriptedSink, startScripted } from "../../../test/scripted-runtime.ts";

test("while Iggy accepts connections and answers nothing, operators are told so, and the rest of the API answers", async (t) => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on("error", () => {})));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  await using started = await startScripted((folder) => ({ "a.toml": scriptedSink(folder, "a", "run") }), {
    config: { iggy: { address } },
  });
  const waiting = (
    [
      ["GET", "/sinks/a/offsets", undefined],
      ["GET", "/sinks/a/dead_letters", undefined],
      ["POST", "/sinks/a/offsets/reset", { to: "first", preview: true }],
    ] as const
  ).map(([method, path, body]) => started.ask(method, path, body));
  assert.equal((await started.ask("GET", "/sinks/a")).status, 200);
  for (const { status, body } of await Promise.all(waiting)) {
    assert.equal(status, 503);
    assert.match((body as { code: string }).code, /^IGC_IGGY_/);
  }
});

test("while a remote store answers nothing, what needs it fails with its code, and the runtime stops", async (t) => {
  let silent = false;
  const asked = Promise.withResolvers<void>();
  const store = createStore((request, response) => {
    if (silent) {
      asked.resolve();
      return;
    }
    response.setHeader("content-type", "application/json");
    response.end(request.url === "/configs/active" ? '{"sinks":{},"sources":{}}' : "[]");
  });
  store.listen(0, "127.0.0.1");
  await once(store, "listening");
  t.after(() => {
    store.closeAllConnections();
    store.close();
  });
  await using started = await startScripted(() => ({}), {
    config: {
      connectors: {
        config_type: "http",
        base_url: `http://127.0.0.1:${(store.address() as AddressInfo).port}`,
        timeout: "200ms",
        retry: { max_attempts: 1, initial_backoff: "1ms" },
      },
    },
  });
  silent = true;
  const { status, body } = await started.ask("POST", "/sinks/validate", { key: "a", path: "./plugin.ts" });
  assert.equal(status, 500);
  const { code, details } = body as { code: string; details: unknown };
  assert.deepEqual([code, details], ["http_request_failed", { code: "IGC_CONFIG_PROVIDER" }]);
  await asked.promise;
  // A request that waits and an event stream that nobody reads end with the runtime.
  const port = Number(started.runtime.address?.split(":").at(-1));
  const clients = ["GET /events", "DELETE /sinks/a"].map((line) => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    socket.write(`${line} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    return socket;
  });
  await once(clients[0]!, "data");
  await started.runtime.stop();
  for (const client of clients) {
    client.resume();
    if (!client.closed) await once(client, "close");
  }
});
