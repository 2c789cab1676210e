import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ProtocolError } from "../errors.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import { HEADER_SIZE, MAX_FRAME_SIZE } from "./header-layout.ts";

function frameOf(size: number, fill: number): Buffer {
  const frame = Buffer.alloc(size, fill);
  frame.writeUInt32LE(size, 48);
  return frame;
}

function drain(splitter: FrameSplitter): Buffer[] {
  const frames: Buffer[] = [];
  for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) frames.push(frame);
  return frames;
}

describe("frame splitter", () => {
  it("any chunking gives the same frames", () => {
    const sizes = fc.array(fc.integer({ min: HEADER_SIZE, max: 1200 }), { maxLength: 6 });
    const cuts = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sizes, cuts, fc.boolean(), (list, steps, drainEachTime) => {
        const frames = list.map((size, index) => frameOf(size, index + 1));
        const bytes = Buffer.concat(frames);
        const splitter = new FrameSplitter();
        const found: Buffer[] = [];
        for (let at = 0, step = 0; at < bytes.length; step++) {
          const length = step < 400 ? steps[step % steps.length]! : bytes.length;
          splitter.push(bytes.subarray(at, at + length));
          at += length;
          if (drainEachTime) found.push(...drain(splitter));
        }
        found.push(...drain(splitter));
        assert.deepEqual(found, frames);
      }),
    );
  });

  it("byte by byte", () => {
    const frame = frameOf(300, 7);
    const splitter = new FrameSplitter();
    for (let i = 0; i < frame.length - 1; i++) {
      splitter.push(frame.subarray(i, i + 1));
      assert.equal(splitter.next(), undefined);
    }
    splitter.push(frame.subarray(299));
    assert.deepEqual(splitter.next(), frame);
    assert.equal(splitter.next(), undefined);
  });

  it("a frame within one chunk is a view of it, a torn one is copied once into its own memory", () => {
    const chunk = Buffer.concat([frameOf(256, 1), frameOf(512, 2), frameOf(300, 3).subarray(0, 100)]);
    const splitter = new FrameSplitter();
    splitter.push(chunk);
    assert.equal(splitter.next()!.buffer, chunk.buffer);
    assert.equal(splitter.next()!.buffer, chunk.buffer);
    assert.equal(splitter.next(), undefined);
    splitter.push(frameOf(300, 3).subarray(100));
    const torn = splitter.next()!;
    assert.deepEqual(torn, frameOf(300, 3));
    assert.equal(torn.buffer.byteLength, 300);
  });

  it("sizes outside of the limits are refused", () => {
    for (const size of [0, 255, MAX_FRAME_SIZE + 1, 0xffff_ffff]) {
      const splitter = new FrameSplitter();
      const frame = Buffer.alloc(HEADER_SIZE);
      frame.writeUInt32LE(size, 48);
      splitter.push(frame);
      assert.throws(() => splitter.next(), ProtocolError);
    }
    const small = new FrameSplitter(1000);
    small.push(frameOf(1001, 0));
    assert.throws(() => small.next(), /1001/);
    assert.throws(() => new FrameSplitter(255), ProtocolError);
  });
});
