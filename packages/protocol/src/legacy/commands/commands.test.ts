import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Reader } from "../../primitives/reader.ts";
import { Writer } from "../../primitives/writer.ts";
import type { HeaderValue, Options } from "../../values/headers.ts";
import type { Stats } from "../../values/resources.ts";
import { HEADER_SIZE } from "../frames.ts";
import { loginWithPassword } from "./session/login.ts";
import { createStream } from "./streams/create-stream.ts";
import { getStats } from "./system/get-stats.ts";
import { createTopic } from "./topics/create-topic.ts";
import { updateTopic } from "./topics/update-topic.ts";

const options = (entries: Record<string, HeaderValue>): Options => new Map(Object.entries(entries));
const EXPIRY: HeaderValue = { kind: "uint64", value: 60_000_000n };

describe("options that the legacy dialect cannot carry", () => {
  it("are refused instead of left out", () => {
    const durability = options({ durability: { kind: "string", value: "persisted" } });
    const topic = { stream: 0, name: "t", partitionsCount: 1 };
    assert.throws(() => createTopic.encodeRequest(new Writer(), { ...topic, options: durability }), {
      code: 4041,
      message: /"durability"/,
    });
    assert.throws(() => createStream.encodeRequest(new Writer(), { name: "s", options: durability }), { code: 4041 });
  });

  it("of another kind than the field are refused", () => {
    const text = options({ message_expiry: { kind: "string", value: "1 day" } });
    const topic = { stream: 0, name: "t", partitionsCount: 1 };
    assert.throws(() => createTopic.encodeRequest(new Writer(), { ...topic, options: text }), { code: 4042 });
    const unknown = options({ compression_algorithm: { kind: "string", value: "lz4" } });
    assert.throws(() => createTopic.encodeRequest(new Writer(), { ...topic, options: unknown }), { code: 4042 });
  });
});

describe("an update of a topic", () => {
  it("states every setting, because a legacy server replaces them all", () => {
    const request = { stream: 0, topic: 0, name: "t", options: options({ message_expiry: EXPIRY }) };
    assert.throws(() => updateTopic.encodeRequest(new Writer(), request), {
      code: 4042,
      message: /compression_algorithm, max_topic_size/,
    });
    assert.throws(() => updateTopic.encodeRequest(new Writer(), { stream: 0, topic: 0, name: "t" }), { code: 4042 });
  });
});

describe("a login", () => {
  it("of a client before 0.8 may end after the password", () => {
    const body = Buffer.from("\x04iggy\x04iggy", "latin1");
    const request = { username: "iggy", password: "iggy", version: "", context: "" };
    assert.deepEqual(loginWithPassword.decodeRequest(new Reader(body)), request);
  });
});

describe("stats of a 0.7 server", () => {
  const { response_hex } = JSON.parse(
    readFileSync(new URL("../fixtures/exchanges/get-stats.json", import.meta.url), "utf8"),
  );
  const full = Buffer.from(response_hex, "hex").subarray(HEADER_SIZE);
  const TAIL_SIZE = 20;
  const COUNT_SIZE = 4;
  const decode = (body: Buffer): Stats => getStats.decodeResponse(new Reader(body));
  const expected = { ...decode(full), threadsCount: 0, freeDiskSpace: 0n, totalDiskSpace: 0n };

  it("end after the cache entries", () => {
    assert.deepEqual(decode(full.subarray(0, full.length - TAIL_SIZE)), expected);
  });

  it("leave the semver out when it is not known", () => {
    const head = full.subarray(0, full.length - TAIL_SIZE - 2 * COUNT_SIZE);
    const entry = Buffer.alloc(32, 1);
    for (const count of [0, 1, 3]) {
      const cache = Buffer.alloc(COUNT_SIZE);
      cache.writeUInt32LE(count);
      const stats = decode(Buffer.concat([head, cache, ...Array<Buffer>(count).fill(entry)]));
      assert.equal(stats.cacheMetrics.length, count);
      assert.deepEqual({ ...stats, cacheMetrics: [] }, { ...expected, serverSemver: 0 });
    }
  });
});
