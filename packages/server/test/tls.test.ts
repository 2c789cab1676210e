import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { ping } from "@iggy-connectors/protocol";
import { Authority } from "@iggy-connectors/test-support";
import { startServer } from "../src/index.ts";
import { RawClient } from "./raw-client.ts";
import { temporaryFolder, testServer } from "./with-server.ts";

test("a server with a certificate serves over TLS, and closes what comes as plain text", async (t) => {
  const folder = await temporaryFolder(t);
  const authority = await Authority.create("authority", folder);
  const { cert, key } = await authority.issue("localhost");
  const server = await testServer(t, { tls: { cert, key } });
  const { host, port } = server;

  const secured = connectTls({ host, port, servername: "localhost", ca: authority.certificate.cert });
  await new Promise((resolve, reject) => secured.once("secureConnect", resolve).once("error", reject));
  const client = new RawClient(secured);
  t.after(() => client.close());
  await client.login();
  await client.call(ping, undefined);

  const plain = connect({ host, port });
  plain.on("error", () => undefined);
  const bytes: Buffer[] = [];
  plain.on("data", (chunk: Buffer) => bytes.push(chunk));
  const closed = new Promise((resolve) => plain.once("close", resolve));
  plain.write(Buffer.alloc(256));
  await closed;
  assert.ok(!Buffer.concat(bytes).includes("iggy"), "no frame of the protocol is answered");
});

test("a certificate that is not one is refused at the start", async (t) => {
  const path = await temporaryFolder(t);
  await assert.rejects(startServer({ address: "127.0.0.1:0", path, tls: { cert: "no", key: "no" } }), {
    code: "IGC_SERVER_TLS",
  });
});
