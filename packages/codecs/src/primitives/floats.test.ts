import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { overflowsFloat32, shortestFloat32 } from "./floats.ts";

const MAX = 3.402_823_466_385_288_6e38;

describe("shortestFloat32", () => {
  // The right column is what Java 19, Go and C++ print for these floats.
  for (const [float, text] of [
    [0.1, "0.1"],
    [-0.3, "-0.3"],
    [16.4, "16.4"],
    [1.1, "1.1"],
    [1 / 3, "0.33333334"],
    [Math.PI, "3.1415927"],
    [16_777_216, "16777216"],
    [123_456_789, "123456790"],
    [1e10, "10000000000"],
    [1e21, "1e+21"],
    [MAX, "3.4028235e+38"],
    [1.175_494_35e-38, "1.1754944e-38"],
    [1e-45, "1e-45"],
    [0, "0"],
  ] as const) {
    it(`prints ${text}`, () => assert.equal(String(shortestFloat32(Math.fround(float))), text));
  }

  it("keeps what is not finite, and the sign of zero", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]) {
      assert.ok(Object.is(shortestFloat32(value), value));
    }
  });

  it("is the same float for every float, with no digit more than it takes", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (float) => {
        const shortest = shortestFloat32(float);
        assert.ok(Object.is(Math.fround(shortest), float));
        const digits = shortest.toExponential().replace(/e.*|\D/g, "").length;
        if (digits > 1) assert.notEqual(Math.fround(Number(float.toPrecision(digits - 1))), float);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("overflowsFloat32", () => {
  it("tells where the nearest float is infinite", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        assert.equal(overflowsFloat32(value), Number.isFinite(value) && !Number.isFinite(Math.fround(value)));
      }),
    );
    assert.equal(overflowsFloat32(MAX + 2 ** 103), true);
    assert.equal(Math.fround(MAX + 2 ** 103), Number.POSITIVE_INFINITY);
    assert.equal(overflowsFloat32(MAX + 2 ** 102), false);
    assert.equal(overflowsFloat32(1e39), true);
    assert.equal(overflowsFloat32(Number.POSITIVE_INFINITY), false);
  });
});
