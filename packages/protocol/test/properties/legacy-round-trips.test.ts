import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeRequestBody, FrameAssembler, FrameSplitter, legacy, ProtocolError } from "@iggy-connectors/protocol";
import fc from "fast-check";
import { LEGACY_EXCHANGES } from "./legacy-arbitraries.ts";

describe("every legacy command survives its frames", () => {
  for (const { command, request, response } of LEGACY_EXCHANGES) {
    it(`${command.name} request`, () => {
      fc.assert(
        fc.property(request, (value) => {
          const frame = legacy.encodeRequest(command, value);
          assert.equal(legacy.decodeRequestCode(frame), command.code);
          assert.deepEqual(decodeRequestBody(command, frame.subarray(legacy.HEADER_SIZE)), value);
        }),
      );
    });

    if (response === undefined) continue;
    it(`${command.name} response`, () => {
      fc.assert(
        fc.property(response, (value) => {
          const frame = legacy.encodeResponse(command, value);
          assert.deepEqual(legacy.decodeResponse(command, frame), { ok: true, response: value });
        }),
      );
    });
  }
});

describe("legacy frames", () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 6 });
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });

  for (const sizing of [legacy.REQUEST_SIZING, legacy.RESPONSE_SIZING]) {
    const side = sizing === legacy.REQUEST_SIZING ? "requests" : "responses";
    const frameOf = (body: Uint8Array): Buffer => {
      const frame = Buffer.concat([Buffer.alloc(legacy.HEADER_SIZE), body]);
      if (sizing === legacy.REQUEST_SIZING) frame.writeUInt32LE(body.length + 4, 0);
      else frame.writeUInt32LE(body.length, 4);
      return frame;
    };

    it(`${side} come out of any pieces of a stream`, () => {
      fc.assert(
        fc.property(bodies, cuts, (list, sizes) => {
          const frames = list.map(frameOf);
          const splitter = new FrameSplitter(1024, sizing);
          const assembler = new FrameAssembler(Buffer.allocUnsafeSlow, 1024, sizing);
          const split: Buffer[] = [];
          const assembled: Buffer[] = [];
          const stream = Buffer.concat(frames);
          for (let at = 0, i = 0; at < stream.length; i++) {
            const chunk = stream.subarray(at, at + sizes[i % sizes.length]!);
            at += chunk.length;
            assembler.push(chunk, (frame) => assembled.push(frame));
            splitter.push(chunk);
            for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) split.push(frame);
          }
          assert.deepEqual(split, frames);
          assert.deepEqual(assembled, frames);
        }),
      );
    });

    it(`${side} of a size not allowed are refused before anything is allocated`, () => {
      const tooLarge = Buffer.alloc(legacy.HEADER_SIZE, 0xff);
      const refuse = () => assert.fail("allocated");
      assert.throws(() => new FrameAssembler(refuse, 1024, sizing).push(tooLarge, refuse), ProtocolError);
      const splitter = new FrameSplitter(1024, sizing);
      splitter.push(tooLarge);
      assert.throws(() => splitter.next(), ProtocolError);
    });
  }

  it("a request shorter than its code is refused", () => {
    assert.throws(() => legacy.decodeRequestCode(Buffer.from("0300000001000000", "hex")), ProtocolError);
  });

  it("a frame whose length is not its own is refused", () => {
    const ping = legacy.encodeRequest(legacy.ping, undefined);
    assert.throws(() => legacy.decodeRequestCode(Buffer.concat([ping, Buffer.of(1)])), ProtocolError);
    assert.throws(() => legacy.decodeResponse(legacy.ping, Buffer.alloc(7)), ProtocolError);
  });

  it("a response of one byte, which official clients do not read, is not written", () => {
    assert.throws(() => legacy.encodeResponse(legacy.getSnapshot, Buffer.of(1)), /one byte/);
  });
});
