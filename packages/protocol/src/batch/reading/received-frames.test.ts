import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ProtocolError } from "../../errors.ts";
import { restampBatch } from "../append.ts";
import { POLL_PREFIX_SIZE, RECORD_HEADER_SIZE } from "../record-layout.ts";
import { encodeBatch } from "../writing/encode-batch.ts";
import { indexFrames } from "./index-frames.ts";

const NOW = 1_700_000_000_000_000;

/** A poll of records with this many messages each. */
function poll(records: readonly number[]): Buffer {
  const prefix = Buffer.alloc(POLL_PREFIX_SIZE);
  let count = 0;
  const stamped = records.map((messages) => {
    const payloads = Array.from({ length: messages }, (_, i) => ({ payload: Buffer.alloc(1 + (i % 300), i) }));
    const record = encodeBatch(payloads, NOW);
    restampBatch(record, 3, BigInt(count), NOW);
    count += messages;
    return record;
  });
  prefix.writeUInt32LE(3, 0);
  prefix.writeUInt32LE(count, 12);
  return Buffer.concat([prefix, ...stamped]);
}

const recordSizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });

describe("corruption of a poll", () => {
  it("is not found in what real servers answered", () => {
    let polls = 0;
    for (const server of ["0.9.0", "0.9.0-edge.5"]) {
      const folder = new URL(`../../vsr/fixtures/${server}/`, import.meta.url);
      for (const file of readdirSync(folder).filter((name) => name.includes("poll-"))) {
        const { response_hex } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
        const body = Buffer.from(response_hex, "hex").subarray(256);
        if (file.includes("routing") || body.length < POLL_PREFIX_SIZE) continue;
        polls++;
        assert.equal(indexFrames(body).findCorruption(), undefined, file);
      }
    }
    assert.ok(polls > 20);
  });

  it("is found in every byte of a frame, and told by its first message", () => {
    fc.assert(
      fc.property(recordSizes, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (sizes, which, at, change) => {
        const body = poll(sizes);
        const whole = indexFrames(body);
        assert.equal(whole.findCorruption(), undefined);
        const index = which % whole.length;
        const frameStart = whole.payloadStart(index) - 48;
        const place = frameStart + (at % (whole.payloadEnd(index) - frameStart));
        body[place] = body[place]! ^ change;
        let found: ReturnType<typeof whole.findCorruption>;
        try {
          found = indexFrames(body).findCorruption();
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
          return;
        }
        assert.equal(found?.index, index);
        assert.equal(found?.kind, "message");
        assert.equal(found?.code, 4027);
      }),
    );
  });

  it("of a record's header is the batch's", () => {
    const body = poll([2, 3]);
    const secondRecord = indexFrames(body).payloadStart(2) - 48 - RECORD_HEADER_SIZE;
    body[secondRecord + 24] = 1; // origin timestamp
    const found = indexFrames(body).findCorruption();
    assert.deepEqual(found, { kind: "batch", index: 2, offset: 2n, code: 4039 });
  });
});
