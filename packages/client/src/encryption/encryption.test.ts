import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  encodeBatch,
  encodeHeaders,
  headersFrom,
  indexFrames,
  type MessageFrames,
  type OutgoingMessage,
} from "@iggy-connectors/protocol";
import fc from "fast-check";
import { Aes256GcmEncryptor, IggyError } from "../index.ts";
import { DecryptedFrames } from "./decrypted-frames.ts";
import { encryptMessage } from "./encrypt-messages.ts";

interface Vector {
  readonly name: string;
  readonly key: string;
  readonly plain: string;
  readonly sealed: string;
}

const { vectors } = JSON.parse(readFileSync(new URL("./fixtures/aes-256-gcm.json", import.meta.url), "utf8")) as {
  vectors: Vector[];
};
const KEY = Buffer.alloc(32, 1);

function polled(messages: readonly OutgoingMessage[]): MessageFrames {
  const prefix = Buffer.alloc(16);
  prefix.writeUInt32LE(3, 0);
  prefix.writeUInt32LE(messages.length, 12);
  return indexFrames(Buffer.concat([prefix, encodeBatch(messages, 1_700_000_000_000_000)]));
}

function failsWith(code: number, text: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof IggyError && error.code === code && text.test(error.message);
}

for (const { name, key, plain, sealed } of vectors) {
  test(`decrypts what another implementation made: ${name}`, () => {
    const encryptor = new Aes256GcmEncryptor(key);
    assert.equal(encryptor.decrypt(Buffer.from(sealed, "hex")).toString("hex"), plain);
  });
}

test("seals as nonce, ciphertext, tag: Web Crypto makes the same of the same nonce", async () => {
  const plain = Buffer.from("Hello World!");
  const sealed = new Aes256GcmEncryptor(KEY).encrypt(plain);
  const key = await webcrypto.subtle.importKey("raw", KEY, "AES-GCM", false, ["encrypt"]);
  const iv = sealed.subarray(0, 12);
  const expected = Buffer.from(await webcrypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(iv) }, key, plain));
  assert.deepEqual(sealed.subarray(12), expected);
});

test("no two payloads get the same nonce", () => {
  const encryptor = new Aes256GcmEncryptor(KEY);
  const nonces = Array.from({ length: 1500 }, () => encryptor.encrypt(Buffer.from("x")).toString("hex", 0, 12));
  assert.equal(new Set(nonces).size, nonces.length);
});

test("any payload comes back; no changed byte goes unnoticed", () => {
  const encryptor = new Aes256GcmEncryptor(KEY);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(), (plain, where) => {
      const sealed = encryptor.encrypt(plain);
      assert.equal(sealed.length, plain.length + 28);
      assert.deepEqual(new Uint8Array(encryptor.decrypt(sealed)), plain);
      sealed[where % sealed.length]! ^= 1;
      assert.throws(() => encryptor.decrypt(sealed), failsWith(72, /changed/));
    }),
  );
});

test("wrong keys and unsealed bytes are refused with what to do", () => {
  assert.throws(() => new Aes256GcmEncryptor("no key"), failsWith(70, /not base64.*32 bytes/));
  assert.throws(() => new Aes256GcmEncryptor(Buffer.alloc(16)), failsWith(70, /16 bytes/));
  assert.throws(() => new Aes256GcmEncryptor(KEY).decrypt(Buffer.from("plain")), failsWith(72, /5 bytes/));
  const sealed = new Aes256GcmEncryptor(KEY).encrypt(Buffer.from("secret"));
  assert.throws(() => new Aes256GcmEncryptor(Buffer.alloc(32, 2)).decrypt(sealed), failsWith(72, /another key/));
});

test("payload and headers are sealed each by itself, id and time stay readable, all comes back", () => {
  const encryptor = new Aes256GcmEncryptor(KEY);
  const headers = headersFrom({ type: "test-message", batch: 1 });
  const clear: OutgoingMessage[] = [
    { payload: Buffer.from("first"), id: 9n, timestamp: 1_700_000_000_000_000, headers },
    { payload: Buffer.from("second"), id: 10n },
  ];
  const sealed = polled(clear.map((message) => encryptMessage(message, encryptor)));
  assert.equal(sealed.payload(0).length, 5 + 28);
  assert.equal(sealed.headersBytes(0).length, encodeHeaders(headers).length + 28);
  assert.equal(sealed.headersBytes(1).length, 0);
  assert.equal(sealed.id(0), 9n);
  const frames = new DecryptedFrames(sealed, encryptor);
  assert.deepEqual(
    [0, 1].map((index) => Buffer.from(frames.payload(index)).toString()),
    ["first", "second"],
  );
  assert.deepEqual(Buffer.from(frames.headersBytes(0)), encodeHeaders(headers));
  assert.equal(frames.headersBytes(1).length, 0);
  assert.equal(frames.offset(1), 1n);
  assert.equal(frames.originTimestamp(0), 1_700_000_000_000_000);
});

test("one message that cannot be decrypted does not spoil its batch", () => {
  const encryptor = new Aes256GcmEncryptor(KEY);
  const other = new Aes256GcmEncryptor(Buffer.alloc(32, 2));
  const sealed = polled([
    encryptMessage({ payload: Buffer.from("ours") }, encryptor),
    encryptMessage({ payload: Buffer.from("theirs") }, other),
    encryptMessage({ payload: Buffer.from("ours again") }, encryptor),
  ]);
  const frames = new DecryptedFrames(sealed, encryptor);
  assert.equal(Buffer.from(frames.payload(0)).toString(), "ours");
  assert.throws(() => frames.payload(1), failsWith(72, /partition 3, offset 1.*another key/));
  assert.equal(Buffer.from(frames.payload(2)).toString(), "ours again");
});
