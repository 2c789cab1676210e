import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientOptions, IggyClient } from "@iggy-connectors/client";
import { FaultProxy } from "@iggy-connectors/test-support";
import { eventually } from "@iggy-connectors/testing";
import { ServerUnderTest } from "../server-under-test.ts";

/** Milliseconds after which a call is late, however many faults it met. */
const LATEST = 10_000;

/** Options of a client that notices faults soon. */
function shortTimeouts(address: string): Partial<ClientOptions> {
  return {
    address,
    requestTimeout: 400,
    connectTimeout: 400,
    reconnect: { initialBackoff: 1, maxBackoff: 20 },
  };
}

/**
 * A topic `t` in a stream of its own, a proxy before its server, a client through the proxy and one that goes around
 * it.
 */
export class Bench implements AsyncDisposable {
  readonly place: { readonly stream: string; readonly topic: string };
  readonly proxy: FaultProxy;
  readonly client: IggyClient;
  readonly direct: IggyClient;
  readonly #server: ServerUnderTest;

  private constructor(
    server: ServerUnderTest,
    place: { readonly stream: string; readonly topic: string },
    proxy: FaultProxy,
    client: IggyClient,
    direct: IggyClient,
  ) {
    this.#server = server;
    this.place = place;
    this.proxy = proxy;
    this.client = client;
    this.direct = direct;
  }

  static async start(partitionsCount: number): Promise<Bench> {
    const server = await ServerUnderTest.start({ rebalancingTimeout: 200 });
    try {
      const direct = await server.connect();
      const place = await server.topic(direct, partitionsCount);
      const proxy = await FaultProxy.start(server.address);
      return new Bench(server, place, proxy, await connectThrough(proxy, server), direct);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One more client through the proxy. */
  another(): Promise<IggyClient> {
    return connectThrough(this.proxy, this.#server);
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
        ...this.place,
        consumer: { kind: "consumer", id: 1 },
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
    this.proxy.script = undefined;
    await this.#server[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
  }
}

/** Connecting is tried once; among faults, or on a busy machine, it may take several. */
async function connectThrough(proxy: FaultProxy, server: ServerUnderTest): Promise<IggyClient> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await server.connect(shortTimeouts(proxy.address));
    } catch (error) {
      if (attempt === 20) throw error;
    }
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
