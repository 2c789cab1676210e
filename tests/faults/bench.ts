import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ClientOptions, IggyClient } from "@iggy-connectors/client";
import { type EmbeddedServer, startServer } from "@iggy-connectors/server";
import { eventually, FaultProxy, type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";

/** Milliseconds after which a call is late, however many faults it met. */
const LATEST = 10_000;

/** Options of a client that notices faults soon. */
export function impatient(address: string): ClientOptions {
  return {
    address,
    verifyChecksums: "messages",
    requestTimeout: 250,
    connectTimeout: 250,
    reconnect: { initialBackoff: 1, maxBackoff: 20 },
  };
}

/** A server with the topic `s/t`, a proxy before it, a client through the proxy and one that goes around it. */
export class Bench implements AsyncDisposable {
  readonly proxy: FaultProxy;
  readonly client: IggyClient;
  readonly direct: IggyClient;
  readonly #server: EmbeddedServer;
  readonly #folder: TemporaryFolder;

  private constructor(
    folder: TemporaryFolder,
    server: EmbeddedServer,
    proxy: FaultProxy,
    client: IggyClient,
    direct: IggyClient,
  ) {
    this.#folder = folder;
    this.#server = server;
    this.proxy = proxy;
    this.client = client;
    this.direct = direct;
  }

  static async start(partitionsCount: number): Promise<Bench> {
    const folder = await temporaryFolder("iggy-faults-");
    const server = await startServer({
      address: "127.0.0.1:0",
      path: join(folder.path, "data"),
      fsync: "never",
      rebalancingTimeout: 200,
    });
    const proxy = await FaultProxy.start(server.address);
    const direct = await IggyClient.connect({ address: server.address, verifyChecksums: "messages" });
    const client = await IggyClient.connect(impatient(proxy.address));
    await direct.createStream("s");
    await direct.createTopic({ stream: "s", name: "t", partitionsCount });
    return new Bench(folder, server, proxy, client, direct);
  }

  /** Ends the faults; fails unless the client answers again. */
  async recovered(): Promise<void> {
    this.proxy.script = undefined;
    await eventually(
      async () => {
        await this.client.ping();
        return true;
      },
      { what: "the client to recover" },
    );
  }

  /** Everything that partition 0 holds, by offset. */
  async stored(): Promise<string[]> {
    const found: string[] = [];
    for (;;) {
      const frames = await this.direct.pollMessages({
        consumer: { kind: "consumer", id: 1 },
        stream: "s",
        topic: "t",
        partition: 0,
        strategy: { kind: "offset", offset: BigInt(found.length) },
        count: 1000,
      });
      if (frames.length === 0) return found;
      for (let index = 0; index < frames.length; index++) {
        assert.equal(frames.offset(index), BigInt(found.length));
        found.push(Buffer.from(frames.payload(index)).toString());
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.direct.close();
    await this.proxy[Symbol.asyncDispose]();
    await this.#server.close();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** Every call settles: fails where this one does not within so many milliseconds. */
export async function settled<Result>(call: Promise<Result>, what: string, latest = LATEST): Promise<Result> {
  const timeout = new AbortController();
  const late = sleep(latest, undefined, { signal: timeout.signal }).then(() => {
    throw new assert.AssertionError({ message: `${what} did not settle within ${latest} ms` });
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    timeout.abort();
    late.catch(() => {});
  }
}
