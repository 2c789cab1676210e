import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { OperatorSession } from "./operator-session.ts";

test("closing does not wait for a server that does not answer", async () => {
  const server = createServer((socket) => socket.on("error", () => {}).resume());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const session = new OperatorSession({ address: `127.0.0.1:${port}`, username: "iggy", password: "iggy" });
    const connected = once(server, "connection");
    const refused = assert.rejects(session.client(), { code: 63 });
    await connected;
    await session.close();
    await refused;
    // A request after that connects again.
    const again = once(server, "connection");
    const refusedAgain = assert.rejects(session.client(), { code: 63 });
    await again;
    await session.close();
    await refusedAgain;
  } finally {
    server.close();
  }
});
