import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener, ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { Authority } from "@iggy-connectors/test-support";
import { temporaryFolder } from "@iggy-connectors/testing";
import { fastify } from "fastify";
import { EventStream } from "./event-stream.ts";
import { ApiListener, type ServerCertificate } from "./listener.ts";

/** No client of these tests is cut by a limit that is not tested. */
const LONG = 600_000;
/** More than the sockets of both sides hold. */
const LARGE = 64 * 1024 * 1024;
const KEEP_ALIVE = 15_000;

interface Served {
  readonly port: number;
  readonly listener: ApiListener;
}

async function serve(
  t: TestContext,
  handler: RequestListener,
  { response = LONG, certificate }: { response?: number; certificate?: ServerCertificate } = {},
): Promise<Served> {
  const timeouts = { headers: LONG, request: LONG, response, check: LONG };
  const listener = await ApiListener.bind("127.0.0.1:0", { timeouts, certificate });
  t.after(() => listener.close(0));
  listener.serve(async () => handler);
  return { listener, port: Number(listener.address.split(":")[1]) };
}

/** Sends a request and reads nothing of the response. */
function ask(t: TestContext, socket: Socket): Socket {
  t.after(() => socket.destroy());
  // The server may reset the connection.
  socket.on("error", () => {});
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  return socket;
}

async function certificate(t: TestContext): Promise<ServerCertificate> {
  const folder = await temporaryFolder();
  t.after(() => folder[Symbol.asyncDispose]());
  return (await Authority.create("Test CA", folder.path)).issue("localhost");
}

for (const name of ["HTTP", "HTTPS"]) {
  test(`over ${name}, a client that does not read its response is disconnected, and a slow handler has its time`, async (t) => {
    const asked = Promise.withResolvers<ServerResponse>();
    const secure = name === "HTTPS" ? { certificate: await certificate(t) } : {};
    const { port } = await serve(t, (_, response) => asked.resolve(response), { response: 50, ...secure });
    ask(
      t,
      name === "HTTPS"
        ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false })
        : connect(port, "127.0.0.1"),
    );
    const response = await asked.promise;
    // Longer than the limit: it begins when the response is complete.
    t.mock.timers.enable({ apis: ["setTimeout"] });
    t.mock.timers.tick(1000);
    assert.equal(response.destroyed, false);
    response.end(Buffer.alloc(LARGE));
    t.mock.timers.tick(49);
    assert.equal(response.destroyed, false);
    const closed = once(response, "close");
    t.mock.timers.tick(1);
    await closed;
    assert.equal(response.writableFinished, false);
  });
}

/** A listener whose requests are answered by event streams. */
async function serveEvents(t: TestContext, opened: (stream: EventStream) => void): Promise<Served> {
  const app = fastify();
  app.get("/", (_, reply) => opened(new EventStream(reply)));
  await app.ready();
  return serve(t, app.routing);
}

test("an event stream ends with what feeds it when its client takes nothing for a minute", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const opened = Promise.withResolvers<EventStream>();
  const { port } = await serveEvents(t, opened.resolve);
  ask(t, connect(port, "127.0.0.1"));
  const stream = await opened.promise;
  const closed = Promise.withResolvers<string>();
  stream.onClosed(() => closed.resolve("closed"));
  stream.send("message", "x".repeat(LARGE));
  for (let comment = 0; comment < 4; comment++) t.mock.timers.tick(KEEP_ALIVE);
  assert.equal(await Promise.race([closed.promise, new Promise((resolve) => setImmediate(resolve, "open"))]), "open");
  t.mock.timers.tick(KEEP_ALIVE);
  assert.equal(await closed.promise, "closed");
  stream.send("message", "after its end");
  const late = Promise.withResolvers<void>();
  stream.onClosed(late.resolve);
  await late.promise;
});

test("an event stream stays open as long as its client reads", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const opened = Promise.withResolvers<EventStream>();
  const { port } = await serveEvents(t, opened.resolve);
  const socket = ask(t, connect(port, "127.0.0.1"));
  let text = "";
  socket.setEncoding("utf8").on("data", (piece) => {
    text += piece;
  });
  socket.resume();
  const stream = await opened.promise;
  for (let comment = 1; comment <= 20; comment++) {
    t.mock.timers.tick(KEEP_ALIVE);
    while (text.split(": \n\n").length <= comment) await once(socket, "data");
  }
  stream.end();
});

test("clients beyond the largest number of connections are disconnected, the others keep theirs", async (t) => {
  const { port } = await serve(t, (_, response) => response.end("ok"));
  const clients: Socket[] = [];
  for (let client = 0; client < 256; client++) {
    const socket = connect(port, "127.0.0.1");
    t.after(() => socket.destroy());
    await once(socket, "connect");
    clients.push(socket);
  }
  const beyond = connect(port, "127.0.0.1").resume();
  beyond.on("error", () => {});
  await once(beyond, "close");
  const last = clients.at(-1)!;
  last.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  const [answer] = await once(last, "data");
  assert.match(String(answer), /^HTTP\/1\.1 200 /);
});

test("the API closes in time while clients read nothing, send half a request, and wait for a handler", async (t) => {
  const asked = Promise.withResolvers<void>();
  let requests = 0;
  const app = fastify();
  const arrived = (): void => {
    requests += 1;
    if (requests === 3) asked.resolve();
  };
  app.get("/events", (_, reply) => {
    new EventStream(reply).send("message", "x".repeat(LARGE));
    arrived();
  });
  app.get("/large", () => {
    arrived();
    return "x".repeat(LARGE);
  });
  app.get("/never", () => {
    arrived();
    return new Promise(() => {});
  });
  await app.ready();
  const { listener, port } = await serve(t, app.routing);
  const clients = ["GET /events", "GET /large", "GET /never"].map((line) => {
    const socket = connect(port, "127.0.0.1");
    t.after(() => socket.destroy());
    socket.on("error", () => {});
    socket.pause();
    socket.write(`${line} HTTP/1.1\r\nhost: a\r\n\r\n`);
    return socket;
  });
  const half = connect(port, "127.0.0.1");
  half.on("error", () => {});
  half.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n1");
  await asked.promise;
  await listener.close(10);
  for (const client of [...clients, half]) {
    client.resume();
    if (!client.closed) await once(client, "close");
  }
});
