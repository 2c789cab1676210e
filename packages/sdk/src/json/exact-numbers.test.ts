import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonText } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { jsonTextScanner } from "./batch/json-text-scanner.ts";
import { MOST_NOTED, WINDOW } from "./batch/wasm-scanner.ts";
import { parseJson, validateJson } from "./json.ts";
import { readJson } from "./json-reader.ts";
import { JSON_INEXACT, NOTED_SHIFT, scanJson } from "./json-scan.ts";
import { spellingOf } from "./json-spelling.ts";

/** Lines that tell a value, and what its objects and arrays know of how they were written. */
function describeValue(value: unknown, lines: string[] = []): string[] {
  if (typeof value !== "object" || value === null) {
    lines.push(`${typeof value} ${Object.is(value, -0) ? "-0" : String(value)}`);
    return lines;
  }
  const spelling = spellingOf(value);
  lines.push(Array.isArray(value) ? "array" : "object");
  for (const [key, text] of [...(spelling?.texts ?? [])].sort()) lines.push(`${typeof key} ${key} is ${text}`);
  for (const member of spelling?.order ?? []) {
    if (typeof member === "string") lines.push(`then ${member}`);
    else describeValue([member.value, member.last], lines).push(`repeated ${member.key} ${member.text}`);
  }
  for (const [key, member] of Object.entries(value)) {
    lines.push(key);
    describeValue(member, lines);
  }
  lines.push("end");
  return lines;
}

function assertAgrees(text: string): void {
  const around = Buffer.from(`xx${text}yy`);
  const start = 2;
  const end = around.length - 2;
  const value = parseJson(around, start, end);
  assert.equal(describeValue(value).join("\n"), describeValue(readJson(text)).join("\n"), text);
}

const digits = fc.string({ unit: fc.constantFrom("0", "0", "5", "9", "1"), maxLength: 19, size: "max" });
const numberText = fc
  .tuple(
    fc.constantFrom("", "-"),
    digits,
    fc.constantFrom("", ".", ".0", ".00000"),
    digits,
    fc.constantFrom("", "", "e2", "E-7", "e+400"),
  )
  .map(([sign, integer, dot, fraction, exponent]) => {
    const behind = dot === "." && fraction === "" ? ".1" : dot === "" ? "" : dot + fraction;
    return `${sign}${integer.replace(/^0+(?=\d)/, "") || "0"}${behind}${exponent}`;
  });
const doubleText = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
const scalar = fc.oneof(numberText, numberText, doubleText, fc.constantFrom("null", "true", '"1.0"', '"é"', '""'));
const key = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom("a", "b", "c", "key of some more bytes", "key of other bytes", "é", "", "__proto__"),
  },
  fc.constantFrom("1", "01", "7.0", "\\n", "\\u0061", "4294967295", "toString"),
);
const space = fc.constantFrom("", "", " ", "\n\t");
const text: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc
      .tuple(space, fc.array(tie("value"), { maxLength: 5 }))
      .map(([gap, elements]) => `[${gap}${elements.join(`${gap},`)}${gap}]`),
    fc
      .tuple(space, fc.array(fc.tuple(key, tie("value")), { maxLength: 6 }))
      .map(
        ([gap, members]) =>
          `{${gap}${members.map(([name, value]) => `"${name}"${gap}:${value}`).join(`,${gap}`)}${gap}}`,
      ),
  ),
})).value;

const validText = jsonText.filter((json) => validateJson(Buffer.from(json)));

describe("numbers in what the platform's parser has read", () => {
  it("are exact as those that are read one by one, wherever they are", () => {
    fc.assert(fc.property(text, assertAgrees), { numRuns: 5000 });
    fc.assert(fc.property(validText, assertAgrees), { numRuns: 1000 });
  });

  it("are found behind objects and arrays of all kinds", () => {
    for (const json of [
      "1.0",
      "-0",
      '[1,[2,{}],[],{"a":3,"b":[4.0]},5,6e0]',
      '{"a":{"a":1.50,"b":2},"c":12345678901234567890,"d":[null,1,"2.0",-0.0]}',
      '{"__proto__":12345678901234567890,"a":1.0}',
      "[0.1,0.000001,0.0000001,123456789012345,1234567890123456,9007199254740993,1e21,1E2]",
    ]) {
      assertAgrees(json);
    }
  });

  it("are found in texts with more of them than are noted, and in longer texts than are scanned at once", () => {
    assertAgrees(`[${new Array(MOST_NOTED).fill("1.0").join()}]`);
    assertAgrees(`[${new Array(MOST_NOTED + 1).fill("1.0").join()}]`);
    for (const length of [WINDOW - 1, WINDOW, WINDOW + 1]) {
      assertAgrees(`["${"x".repeat(length - 8)}",1.0]`);
    }
  });

  it("are found behind deep nesting, and keys behind deep objects are not mistaken", () => {
    for (const depth of [14, 15, 16, 17, 18, 1000]) {
      assertAgrees(`${'{"a":'.repeat(depth)}1.0${"}".repeat(depth)}`);
      assertAgrees(`${'{"a":'.repeat(depth)}{"a":1,"b":2,"a":3}${"}".repeat(depth)}`);
    }
    for (const members of [191, 192, 193, 300]) {
      const names = Array.from({ length: members }, (_, index) => `"k${index}":${index}`);
      assertAgrees(`{${[...names, '"k3":1.0'].join()}}`);
    }
  });
});

describe("a scan of a text to decode", () => {
  it("does not ask for more than the portable one where a message is usual", () => {
    const scanner = jsonTextScanner();
    const usual = Buffer.from('{"a":1,"b":{"a":-1.5,"b":0.001},"c":[{"a":123456789012345},{"a":99.99}],"d":"1.0"}');
    const bits = scanner.scanToDecode(usual, 0, usual.length);
    assert.equal(bits, scanJson(usual, 0, usual.length, undefined, true));
    assert.equal(bits & JSON_INEXACT, 0);
    const floats = Buffer.from('{"a":1.0,"b":[2.0,3]}');
    assert.equal(scanner.scanToDecode(floats, 0, floats.length) >> NOTED_SHIFT, 2);
    assert.deepEqual([...scanner.noted.subarray(0, 6)], [0, 5, 8, 1, 14, 17]);
  });

  it("keeps what the scan of a batch has found", () => {
    const scanner = jsonTextScanner();
    const batch = Buffer.from('{"a":1}[2]x');
    const ends = [7, 10, 11];
    const texts = {
      length: 3,
      bytes: () => batch,
      start: (index: number) => ends[index - 1] ?? 0,
      end: (index: number) => ends[index]!,
    };
    assert.equal(scanner.scan(texts, 0, true), 3);
    const members = { spans: new Int32Array(0), first: 0, length: 0 };
    const found = () => {
      scanner.locate(0, members);
      return [scanner.bits(0), scanner.bits(1), scanner.bits(2), ...members.spans.slice(0, 3), scanner.refused];
    };
    const before = found();
    parseJson(Buffer.from('{"b":{"c":[1.0]},"d":"e"}'));
    assert.deepEqual(found(), before);
    assert.deepEqual(before.slice(3), [1, 4, 6, 1]);
  });
});
