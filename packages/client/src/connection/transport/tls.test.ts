import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { Authority, type Certificate } from "@iggy-connectors/test-support";
import { type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";
import { QUICK } from "../../../test/connected.ts";
import { ScriptedServer } from "../../../test/scripted-server.ts";
import { IggyClient, IggyError, type TlsOptions } from "../../index.ts";

let files: TemporaryFolder;
let folder: string;
let authority: Authority;
let localhost: Certificate;

before(async () => {
  files = await temporaryFolder("iggy-tls-");
  folder = files.path;
  authority = await Authority.create("authority", folder);
  localhost = await authority.issue("localhost");
});
after(() => files[Symbol.asyncDispose]());

async function serving(context: TestContext, certificate: Certificate, mutual = false): Promise<ScriptedServer> {
  const { cert, key } = certificate;
  const client = mutual ? { ca: authority.certificate.cert, requestCert: true, rejectUnauthorized: true } : {};
  const server = await ScriptedServer.start(() => undefined, 0, { cert, key, ...client });
  context.after(() => server.close());
  return server;
}

async function refusal({ port }: ScriptedServer, tls: TlsOptions | undefined): Promise<IggyError> {
  try {
    const client = await IggyClient.connect({
      address: `localhost:${port}`,
      ...QUICK,
      ...(tls === undefined ? {} : { tls }),
    });
    await client.close();
  } catch (error) {
    assert.ok(error instanceof IggyError, String(error));
    return error;
  }
  return assert.fail("the client connected");
}

test("a server whose authority is given is trusted", async (context) => {
  const server = await serving(context, localhost);
  const caFile = authority.certificate.certFile;
  const client = await IggyClient.connect(
    `iggy://iggy:iggy@localhost:${server.port}?tls=true&tls_ca_file=${encodeURIComponent(caFile)}`,
  );
  context.after(() => client.close());
  await client.ping();
  assert.equal(client.state, "ready");
});

test("a server under another name is trusted when that name is expected", async (context) => {
  const server = await serving(context, await authority.issue("iggy.internal"));
  const caFile = authority.certificate.certFile;
  const client = await IggyClient.connect({
    address: server.address,
    ...QUICK,
    tls: { caFile, serverName: "iggy.internal" },
  });
  context.after(() => client.close());
  await client.ping();
});

test("an authority that is not trusted is reported, with the option that helps", async (context) => {
  const server = await serving(context, localhost);
  for (const tls of [{}, { caFile: (await Authority.create("stranger", folder)).certificate.certFile }]) {
    const error = await refusal(server, tls);
    assert.deepEqual([error.code, error.retryable], [66, false]);
    assert.match(error.message, /authority that is not trusted.*caFile/);
  }
});

test("an expired certificate is reported", async (context) => {
  const server = await serving(context, await authority.issue("localhost", -1));
  const error = await refusal(server, { caFile: authority.certificate.certFile });
  assert.deepEqual([error.code, error.retryable], [66, false]);
  assert.match(error.message, /has expired.*renew it/);
});

test("a certificate for another name is reported, with the names it has", async (context) => {
  const server = await serving(context, await authority.issue("iggy.internal"));
  const error = await refusal(server, { caFile: authority.certificate.certFile });
  assert.deepEqual([error.code, error.retryable], [64, false]);
  assert.match(error.message, /another name.*iggy\.internal.*serverName/s);
});

test("a server that asks for a certificate gets the client's, or says that it requires one", async (context) => {
  const server = await serving(context, localhost, true);
  const caFile = authority.certificate.certFile;
  const { certFile, keyFile } = await authority.issue("client");
  const client = await IggyClient.connect({
    address: `localhost:${server.port}`,
    ...QUICK,
    tls: { caFile, certFile, keyFile },
  });
  context.after(() => client.close());
  await client.ping();
  const error = await refusal(server, { caFile });
  assert.deepEqual([error.code, error.retryable], [66, false]);
  assert.match(error.message, /does not accept this client's certificate, or requires one.*certFile and keyFile/);
});

test("TLS on one side only is reported from both sides", async (context) => {
  const plain = await ScriptedServer.start();
  context.after(() => plain.close());
  const caFile = authority.certificate.certFile;
  assert.match((await refusal(plain, { caFile })).message, /TLS|cannot reach Iggy/);
  const secure = await serving(context, localhost);
  assert.match((await refusal(secure, undefined)).message, /lost the connection|expects TLS/);
});

test("files that cannot be used are named before anything is sent", async (context) => {
  const server = await serving(context, localhost);
  const missing = await refusal(server, { caFile: join(folder, "none.pem") });
  assert.deepEqual([missing.code, missing.retryable], [65, false]);
  assert.match(missing.message, /none\.pem \(ENOENT\)/);
  const text = join(folder, "text.pem");
  await writeFile(text, "not a certificate");
  assert.match((await refusal(server, { caFile: text })).message, /text\.pem holds no PEM block/);
  const other = await authority.issue("client");
  const mixed = await refusal(server, { certFile: other.certFile, keyFile: localhost.keyFile });
  assert.equal(mixed.code, 67);
  assert.match(mixed.message, /key belongs to the certificate/);
  assert.match((await refusal(server, { certFile: other.certFile })).message, /both its certificate file and its key/);
  assert.equal(server.connections, 0);
});
