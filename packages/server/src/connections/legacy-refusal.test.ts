import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LegacyRefusal } from "./legacy-refusal.ts";

function request(code: number, bodySize: number): Buffer {
  const bytes = Buffer.alloc(8 + bodySize, 0xff);
  bytes.writeUInt32LE(4 + bodySize, 0);
  bytes.writeUInt32LE(code, 4);
  return bytes;
}

test("every request gets one status for a version that is not served, however the stream is cut", () => {
  const requests = fc.array(fc.tuple(fc.integer({ min: 1, max: 605 }), fc.nat(300)), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(requests, fc.integer({ min: 1, max: 400 }), (sent, chunkSize) => {
      const refusal = new LegacyRefusal();
      const stream = Buffer.concat(sent.map(([code, size]) => request(code, size)));
      const answers: Buffer[] = [];
      for (let at = 0; at < stream.length; at += chunkSize) {
        const answer = refusal.receive(stream.subarray(at, at + chunkSize));
        assert.ok(answer !== undefined);
        answers.push(answer);
      }
      const expected = Buffer.concat(sent.map(() => Buffer.of(7, 0, 0, 0, 0, 0, 0, 0)));
      assert.deepEqual(Buffer.concat(answers), expected);
    }),
  );
});

test("bytes that are not a request of that protocol are recognised", () => {
  const tlsHello = Buffer.from("16030102000100010001fc0303", "hex");
  const http = Buffer.from("GET / HTTP/1.1\r\n\r\n");
  for (const bytes of [http, tlsHello, request(0, 0), request(1000, 0), Buffer.of(3, 0, 0, 0, 1, 0, 0, 0)]) {
    assert.equal(new LegacyRefusal().receive(bytes), undefined);
  }
});
