import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ProtocolError } from "../errors.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import { HEADER_SIZE, MAX_FRAME_SIZE } from "./header-layout.ts";

function frameOf(size: number, fill: number): Buffer {
  const frame = Buffer.alloc(size, fill);
  frame.writeUInt32LE(size, 48);
  return frame;
}

describe("frame assembler", () => {
  it("any chunking gives the same frames, although the chunk's memory is overwritten each time", () => {
    const sizes = fc.array(fc.integer({ min: HEADER_SIZE, max: 1200 }), { maxLength: 6 });
    const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sizes, cuts, (list, steps) => {
        const frames = list.map((size, index) => frameOf(size, index + 1));
        const bytes = Buffer.concat(frames);
        const reused = Buffer.alloc(700);
        const assembler = new FrameAssembler();
        const found: Buffer[] = [];
        for (let at = 0, step = 0; at < bytes.length; step++) {
          const length = bytes.copy(reused, 0, at, at + (steps[step % steps.length] ?? 1));
          assembler.push(reused.subarray(0, length), (frame) => found.push(frame));
          at += length;
        }
        assert.deepEqual(found, frames);
      }),
    );
  });

  it("asks for exactly the frame's memory, and not before its size is known", () => {
    const asked: number[] = [];
    const assembler = new FrameAssembler((size) => {
      asked.push(size);
      return Buffer.alloc(size);
    });
    const frame = frameOf(5000, 7);
    assembler.push(frame.subarray(0, 51), () => assert.fail("no frame yet"));
    assert.deepEqual(asked, []);
    assembler.push(frame.subarray(51, 60), () => assert.fail("no frame yet"));
    assert.deepEqual(asked, [5000]);
  });

  it("a size outside the limits throws before anything is allocated", () => {
    for (const size of [0, HEADER_SIZE - 1, MAX_FRAME_SIZE + 1, 0xffff_ffff]) {
      const assembler = new FrameAssembler(() => assert.fail("allocated"));
      const frame = Buffer.alloc(HEADER_SIZE);
      frame.writeUInt32LE(size, 48);
      assert.throws(() => assembler.push(frame, () => assert.fail("no frame")), ProtocolError);
    }
  });
});
