import assert from "node:assert/strict";
import { test } from "node:test";
import { getStreams, legacy } from "@iggy-connectors/protocol";
import fc from "fast-check";
import { QUICK } from "../../test/connected.ts";
import { LegacyServer } from "../../test/legacy-server.ts";
import { ScriptedServer } from "../../test/scripted-server.ts";
import { IggyClient, IggyError } from "../index.ts";

/*
 * A server that answers anything at all: a call ends, nothing but an IggyError comes out, and the client goes on.
 * Answers of 0.8 carry no number, so there what comes after such an answer may be wrong as well, until the connection
 * is replaced.
 */

const OPTIONS = { ...QUICK, requestTimeout: 100, reconnect: { initialBackoff: 1, maxBackoff: 2, jitter: 0 } };

/** Any bytes, or a good answer that was changed in places, cut, or continued. */
function spoiled(good: Buffer): fc.Arbitrary<Buffer> {
  const any = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
  const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const changed = fc.tuple(changes, fc.nat(good.length), fc.uint8Array({ maxLength: 40 })).map(([edits, cut, more]) => {
    const bytes = Buffer.from(good);
    for (const [at, byte] of edits) bytes[at] = byte;
    return cut % 3 === 0 ? bytes.subarray(0, cut) : Buffer.concat([bytes, more]);
  });
  return fc.oneof(any, changed);
}

async function survives(client: IggyClient): Promise<void> {
  try {
    await client.getStreams();
  } catch (error) {
    assert.ok(error instanceof IggyError, String(error));
  }
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      if ((await client.getStreams()).length === 0) return;
    } catch (error) {
      assert.ok(error instanceof IggyError, String(error));
    }
  }
  assert.fail("the client did not recover");
}

test("a server of 0.9 may answer anything", async () => {
  let answer: Buffer | undefined;
  const server = await ScriptedServer.start((request) => {
    if (!request.is(getStreams)) return undefined;
    const bytes = answer ?? request.ok(getStreams, []);
    answer = undefined;
    return bytes;
  });
  const client = await IggyClient.connect({ address: server.address, ...OPTIONS });
  const stream = { id: 0, createdAt: 1n, topicsCount: 0, size: 0n, messagesCount: 0n, name: "s", options: new Map() };
  try {
    await client.ping();
    const good = server.requests.at(-1)!.ok(getStreams, [stream]);
    await fc.assert(
      fc.asyncProperty(spoiled(good), async (bytes) => {
        answer = bytes;
        await survives(client);
      }),
      { numRuns: 40 },
    );
  } finally {
    await client.close();
    await server.close();
  }
});

test("a server of 0.8 may answer anything", async () => {
  let answer: Buffer | undefined;
  const stream = { id: 0, createdAt: 1n, topicsCount: 0, size: 0n, messagesCount: 0n, name: "s", options: new Map() };
  const good = legacy.encodeResponse(legacy.getStreams, [stream]);
  const empty = legacy.encodeResponse(legacy.getStreams, undefined);
  const server = await LegacyServer.start((request) => {
    if (!request.is(legacy.getStreams)) return undefined;
    const bytes = answer ?? empty;
    answer = undefined;
    return bytes;
  });
  const client = await IggyClient.connect({ address: server.address, ...OPTIONS });
  try {
    await fc.assert(
      fc.asyncProperty(spoiled(good), async (bytes) => {
        answer = bytes;
        await survives(client);
      }),
      { numRuns: 40 },
    );
  } finally {
    await client.close();
    await server.close();
  }
});
