import assert from "node:assert/strict";
import { test } from "node:test";
import {
  encodeRequest,
  getConsumerGroup,
  getStats,
  joinConsumerGroup,
  loginWithToken,
} from "@iggy-connectors/protocol";
import { RawClient, type RawReply } from "../raw-client.ts";
import { testServer, until } from "../with-server.ts";
import { type Exchange, meaningOf, recordedExchanges } from "./exchange.ts";

const WORKERS = { stream: "orders", topic: "events", group: "workers" } as const;
const CLIENT_AT = 128;
const CODE_AT = 196;
const BASE_TIMESTAMP_AT = 16;
const BATCH_LENGTH_AT = 32;
const POLL_PREFIX_SIZE = 16;
/** Value, count u32 and auto commit u8 end a poll. */
const STRATEGY_VALUE_FROM_END = 13;

/** What is not repeated, and why. */
const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ["026-create-topic-unsupported-durability-option", "servers since 0.9.0 know the option"],
  ["130-get-streams-after-stale-client-eviction", "follows an eviction by silence, which has a test of its own"],
]);

/** Plays the clients of the recording, those steps included that were not recorded. */
class Player {
  readonly #connect: () => Promise<RawClient>;
  readonly #clients = new Map<string, RawClient>();
  readonly #replies = new Map<string, RawReply>();

  constructor(connect: () => Promise<RawClient>) {
    this.#connect = connect;
  }

  async play(exchange: Exchange): Promise<RawReply> {
    await this.#before(exchange);
    const client = await this.#clientOf(exchange);
    const reply = await client.raw(this.#changed(exchange.name, exchange.request));
    this.#replies.set(exchange.name, reply);
    return reply;
  }

  async #before({ name, request }: Exchange): Promise<void> {
    switch (name) {
      case "077-sync-consumer-group-two-members": {
        const second = await this.#loggedIn("101112131415161718191a1b1c1d1e1f", "iggy", "iggy");
        await second.call(joinConsumerGroup, WORKERS);
        return;
      }
      case "081-sync-consumer-group-after-member-disconnect": {
        this.#clients.get("101112131415161718191a1b1c1d1e1f")?.close();
        const observer = await this.#connect();
        await observer.login();
        await until(async () => (await observer.call(getConsumerGroup, WORKERS))?.membersCount === 1);
        observer.close();
        return;
      }
      case "100-create-stream-unauthorized":
        await this.#loggedIn(clientOf(request), "alice", "secret");
        return;
      case "103-send-messages-unauthorized":
        await this.#loggedIn(clientOf(request), "bob", "secret");
        return;
      case "128-create-stream-after-takeover": {
        await this.#loggedIn(clientOf(request), "iggy", "iggy");
        const newer = await this.#connect();
        newer.clientId = clientNumber(clientOf(request));
        await newer.login();
        return;
      }
    }
  }

  /** A login with the id of another user's session came from a connection of its own. */
  async #clientOf({ name, request }: Exchange): Promise<RawClient> {
    if (name === "107-login-client-id-of-another-user") return await this.#connect();
    const id = clientOf(request);
    let client = this.#clients.get(id);
    if (client === undefined) {
      client = await this.#connect();
      this.#clients.set(id, client);
    }
    return client;
  }

  async #loggedIn(id: string, username: string, password: string): Promise<RawClient> {
    const client = await this.#connect();
    client.clientId = clientNumber(id);
    this.#clients.set(id, client);
    await client.login(username, password);
    return client;
  }

  /** Two requests name what the server said before: a time and a token. */
  #changed(name: string, request: Buffer): Buffer {
    if (name === "047-poll-timestamp") {
      const changed = Buffer.from(request);
      const records = this.#reply("042-poll-first").body.subarray(POLL_PREFIX_SIZE);
      const second = Number(records.readBigUInt64LE(BATCH_LENGTH_AT));
      const time = records.readBigUInt64LE(second + BASE_TIMESTAMP_AT);
      changed.writeBigUInt64LE(time, changed.length - STRATEGY_VALUE_FROM_END);
      return changed;
    }
    if (name === "117-login-with-personal-access-token") {
      const reply = this.#reply("114-create-personal-access-token");
      // After the count of the result section and the length of the name.
      const token = reply.body.subarray(5).toString();
      const client = clientNumber(clientOf(request));
      return encodeRequest(loginWithToken, { token }, { client, session: 0n, request: 0n });
    }
    return request;
  }

  #reply(name: string): RawReply & { kind: "reply" } {
    const reply = this.#replies.get(name);
    assert.ok(reply?.kind === "reply", name);
    return reply;
  }
}

function clientOf(request: Buffer): string {
  return request.subarray(CLIENT_AT, CLIENT_AT + 16).toString("hex");
}

function clientNumber(id: string): bigint {
  const bytes = Buffer.from(id, "hex");
  return bytes.readBigUInt64LE(0) | (bytes.readBigUInt64LE(8) << 64n);
}

test("a recorded session with a real server gets the same answers here", async (t) => {
  const server = await testServer(t);
  const player = new Player(async () => {
    const client = await RawClient.connect(server);
    t.after(() => client.close());
    return client;
  });
  const exchanges = recordedExchanges().filter(({ name }) => !LEFT_OUT.has(name));
  assert.ok(exchanges.length > 120);
  for (const exchange of exchanges) {
    const { name, request, answer } = exchange;
    const reply = await player.play(exchange);
    assert.ok(reply.kind !== "closed", name);
    // The numbers of a machine are its own, and have a test of their own.
    if (request.readUInt32LE(CODE_AT) === getStats.code) continue;
    assert.deepEqual(meaningOf(request, reply.frame), meaningOf(request, answer), name);
  }
});
