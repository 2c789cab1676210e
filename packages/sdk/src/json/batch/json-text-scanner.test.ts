import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { jsonText } from "@iggy-connectors/test-support";
import fc from "fast-check";
import { JSON_OBJECT, JSON_SAME_KEYS, MAX_JSON_DEPTH, MemberSpans, type MemberView, scanJson } from "../json-scan.ts";
import {
  JSON_SCAN_MODULE_BASE64,
  JSON_SCAN_MODULE_SHA256,
  JSON_SCAN_SOURCE_SHA256,
} from "./generated/json-scan-module.ts";
import { type JsonTextScanner, type JsonTexts, jsonTextScanner } from "./json-text-scanner.ts";
import { PortableScanner } from "./portable-scanner.ts";
import { createWasmScanner, MEMBERS, TEXTS, WINDOW } from "./wasm-scanner.ts";

const created = createWasmScanner();
assert.ok(created !== undefined, "WebAssembly with vectors is available where tests run");
const wasm: JsonTextScanner = created;

/** A text in a buffer. */
interface Range {
  readonly bytes: Buffer | undefined;
  readonly start: number;
  readonly end: number;
}

function textsOf(ranges: readonly Range[]): JsonTexts {
  return {
    length: ranges.length,
    bytes: (index) => ranges[index]!.bytes,
    start: (index) => ranges[index]!.start,
    end: (index) => ranges[index]!.end,
  };
}

/** The texts in one buffer, as many bytes apart. */
function inOneBuffer(texts: readonly Uint8Array[], apart: number): Range[] {
  const between = Buffer.alloc(apart, '"');
  const bytes = Buffer.concat([between, ...texts.flatMap((text) => [text, between])]);
  let at = apart;
  return texts.map((text) => {
    const start = at;
    at += text.length + apart;
    return { bytes, start, end: start + text.length };
  });
}

function listed(members: MemberView): number[] {
  return [...members.spans.subarray(3 * members.first, 3 * (members.first + members.length))];
}

/** The keys that a scan has found, with what is around them. */
function keysOf(bytes: Buffer, { spans, length }: MemberView): string {
  return Array.from({ length }, (_, member) =>
    bytes.toString("latin1", spans[3 * member], spans[3 * member + 1]),
  ).join();
}

/** Compares what a scanner finds with what `scanJson` finds. Returns the number of scans that it took. */
function assertAgrees(scanner: JsonTextScanner, ranges: readonly Range[]): number {
  let scans = 0;
  const expected = new MemberSpans();
  const members: MemberView = { spans: new Int32Array(0), first: 0, length: 0 };
  for (const wanted of [true, false]) {
    for (let first = 0; first < ranges.length; ) {
      scans++;
      const end = scanner.scan(textsOf(ranges), first, wanted);
      assert.ok(end > first && end <= ranges.length);
      let refused = 0;
      let keys: string | undefined;
      for (let index = first; index < end; index++) {
        const { bytes = Buffer.alloc(0), start, end: behind } = ranges[index]!;
        const bits = scanJson(bytes, start, behind, wanted ? expected : undefined);
        const text = () => `${bytes.toString("latin1", start, behind)} of ${ranges.length}`;
        if (bits < 0) refused++;
        const keysBefore = keys;
        keys = bits >= 0 && (bits & JSON_OBJECT) !== 0 && wanted ? keysOf(bytes, expected) : undefined;
        const found = bits >= 0 && keys !== undefined && keys === keysBefore ? bits | JSON_SAME_KEYS : bits;
        if (scanner.bits(index) !== found && (bits >= 0 || scanner.bits(index) >= 0)) {
          assert.equal(scanner.bits(index), found, text());
        }
        if (bits < 0 || !wanted) continue;
        scanner.locate(index, members);
        assert.deepEqual(listed(members), listed(expected), text());
      }
      assert.equal(scanner.refused, refused);
      first = end;
    }
  }
  return scans;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What texts are put together from: tokens, and pieces of strings and numbers, whole and spoiled. */
const TOKENS = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  '"a"',
  '"":',
  "true",
  "fals",
  "null",
  "0",
  "-1",
  "\\",
  " ",
  "\n",
].map(utf8);
const NUMBERS = ["-", "+", ".", "e", "E", "0", "1", "00", "9".repeat(17), "123456789012345", ".5e-7", "1e400"].map(
  utf8,
);
const ESCAPES = [
  "\\",
  "\\n",
  "\\u",
  "\\u00e9",
  "\\ud83d",
  "\\ude00",
  "\\uD83D\\uDE00",
  "\\udc1d",
  "\\x",
  "\\u12g4",
  "00",
];
const SPACES = [" ", "\t", "\r", "\n", "\r\n", "    ", "\n".padEnd(40), "\v", "\f", "\u00a0", "\u2028", "\ufeff", "\0"];
const CHARACTERS = [
  ...["é", "߿", "ࠀ", "日本", "\uffff", "😀", "\u{10ffff}", "plain", "\u001f", "\u007f"].map(utf8),
  ...[
    "c0 80",
    "c1 bf",
    "e0 80 80",
    "e0 9f bf",
    "ed a0 80",
    "ed bf bf",
    "f0 80 80 80",
    "f0 8f bf bf",
    "f4 90 80 80",
  ].map((bytes) => Uint8Array.from(bytes.split(" "), (byte) => Number.parseInt(byte, 16))),
  ...[[0xf5, 0x80, 0x80, 0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x80], [0xbf, 0xbf], [0xff], [0xfe]].map(
    (bytes) => Uint8Array.from(bytes),
  ),
];

const piecesOf = (pieces: readonly Uint8Array[], most: number) =>
  fc.array(fc.constantFrom(...pieces), { maxLength: most, size: "max" }).map((some) => Buffer.concat(some));
const quoted = (text: Uint8Array) => Buffer.concat([utf8('"'), text, utf8('"')]);
const string = fc
  .tuple(piecesOf([...CHARACTERS, ...ESCAPES.map(utf8)], 4), fc.nat(40))
  .map(([text, padding]) => quoted(Buffer.concat([Buffer.alloc(padding, "x"), text])));
const spaced = piecesOf(SPACES.map(utf8), 2);
const number = piecesOf(NUMBERS, 4);
const scalar = fc.oneof(
  string,
  number,
  fc.constantFrom(...["true", "null", "nul", "truex", "[]", "{}", "{ }"].map(utf8)),
);
const object = fc
  .array(fc.tuple(spaced, string, spaced, spaced, scalar, spaced), { maxLength: 4 })
  .map((members) =>
    Buffer.concat([
      utf8("{"),
      ...members.flatMap(([a, key, b, c, value, d], index) => [
        utf8(index === 0 ? "" : ","),
        a,
        key,
        b,
        utf8(":"),
        c,
        value,
        d,
      ]),
      utf8("}"),
    ]),
  );
const valid = jsonText.map((text) => Buffer.from(text));
const mutated = fc
  .tuple(
    fc.oneof(valid, object),
    fc.array(
      fc.record({
        at: fc.nat(400),
        remove: fc.nat(3),
        insert: fc.oneof(
          fc.uint8Array({ maxLength: 3 }),
          fc.constantFrom(...TOKENS, ...CHARACTERS, ...NUMBERS, ...ESCAPES.map(utf8), ...SPACES.map(utf8)),
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([text, mutations]) => {
    let bytes: Buffer = text;
    for (const { at, remove, insert } of mutations) {
      const place = at % (bytes.length + 1);
      bytes = Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + remove)]);
    }
    return bytes;
  });
const cut = fc
  .tuple(fc.oneof(valid, object), fc.nat(400))
  .map(([text, at]) => text.subarray(0, at % (text.length + 1)));
const anyText: fc.Arbitrary<Uint8Array> = fc.oneof(
  valid,
  object,
  mutated,
  cut,
  scalar,
  piecesOf(TOKENS, 12),
  fc.uint8Array({ maxLength: 40, size: "max" }),
);

for (const [name, scanner] of [
  ["WebAssembly", wasm],
  ["portable code", new PortableScanner()],
] as const) {
  describe(`a scan of many texts by ${name}`, () => {
    it("finds what the scan of each does, whatever the bytes, wherever they lie", () => {
      fc.assert(
        fc.property(fc.array(anyText, { minLength: 1, maxLength: 8, size: "max" }), fc.nat(20), (texts, apart) => {
          assertAgrees(scanner, inOneBuffer(texts, apart));
          assertAgrees(
            scanner,
            texts.flatMap((text) => inOneBuffer([text], apart)),
          );
        }),
        { numRuns: 3000 },
      );
    });

    it("agrees on every text of four tokens", () => {
      const texts: Buffer[] = [];
      for (const a of TOKENS) {
        for (const b of TOKENS) {
          for (const c of TOKENS) for (const d of TOKENS) texts.push(Buffer.concat([a, b, c, d]));
        }
      }
      assertAgrees(scanner, inOneBuffer(texts, 1));
    });

    it("agrees on every pair of bytes: in a string, as the end of a character, behind a backslash, as a text", () => {
      const texts: Uint8Array[] = [];
      for (let first = 0; first < 256; first++) {
        for (let second = 0; second < 256; second++) {
          texts.push(
            Uint8Array.of(0x22, first, second, 0xbf, 0xbf, 0x22),
            Uint8Array.of(0x22, first, second, 0xbf, 0x22),
          );
          texts.push(Uint8Array.of(0x22, first, second, 0x22), Uint8Array.of(0x22, 0x5c, first, second, 0x22));
          texts.push(Uint8Array.of(first, second), Uint8Array.of(0x31, first, second));
        }
      }
      assertAgrees(scanner, inOneBuffer(texts, 0));
    });

    it("agrees on characters, escapes and digits at every distance from a boundary of its vectors", () => {
      const texts: Uint8Array[] = [];
      for (const piece of [...CHARACTERS, ...ESCAPES.map(utf8)]) {
        for (let before = 0; before < 34; before++) {
          texts.push(quoted(Buffer.concat([Buffer.alloc(before, "x"), piece])));
          texts.push(quoted(Buffer.concat([Buffer.alloc(before, "x"), piece, Buffer.alloc(20, "y")])));
        }
      }
      for (let digits = 0; digits < 70; digits++) {
        for (const end of ["", " ", ".", ".5", "e9", "x", "\0"]) texts.push(utf8(`-${"7".repeat(digits)}${end}`));
        for (const space of [" ", "\n"]) texts.push(utf8(`[${space.repeat(digits)}1${space.repeat(digits)}]`));
      }
      assertAgrees(scanner, inOneBuffer(texts, 0));
    });

    it("agrees on the same keys, whatever their length, and on keys that differ by one byte", () => {
      const texts: Uint8Array[] = [];
      for (let length = 0; length < 50; length++) {
        const key = "k".repeat(length);
        for (const other of [key, key, `${key}k`, `${key.slice(1)}x`, `x${key.slice(1)}`, key.slice(1)]) {
          texts.push(utf8(`{"${key}":1,"b":[]}`), utf8(`{ "${other}" : {"c":2},"b":"longer"}`));
        }
        texts.push(
          utf8("{}"),
          utf8("{ }"),
          utf8("[1]"),
          utf8("{}"),
          utf8("{"),
          utf8("{}"),
          utf8('{"b":1}'),
          utf8('{"b":2,"b":3}'),
        );
      }
      assertAgrees(scanner, inOneBuffer(texts, 2));
      assertAgrees(
        scanner,
        texts.flatMap((text) => inOneBuffer([text], 1)),
      );
    });

    it("agrees on the limit of nesting", () => {
      const texts: Uint8Array[] = [];
      for (const depth of [1, 63, 64, 65, MAX_JSON_DEPTH - 1, MAX_JSON_DEPTH, MAX_JSON_DEPTH + 1, MAX_JSON_DEPTH + 2]) {
        texts.push(utf8("[".repeat(depth) + "]".repeat(depth)), utf8(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`));
        texts.push(utf8(`${'[{"a":'.repeat(depth / 2)}[1]${"}]".repeat(depth / 2)}`), utf8("[".repeat(depth)));
      }
      assertAgrees(scanner, inOneBuffer(texts, 3));
    });
  });
}

describe("a scan by WebAssembly", () => {
  it("takes a batch of usual messages at once", () => {
    const texts = Array.from({ length: 1000 }, (_, index) => utf8(JSON.stringify({ index, text: "m".repeat(150) })));
    assert.equal(wasm.scan(textsOf(inOneBuffer(texts, 48)), 0, true), 1000);
  });

  it("takes more texts, bytes and members than fit its memory by several scans", () => {
    assert.ok(assertAgrees(wasm, inOneBuffer(new Array<Uint8Array>(2 * TEXTS + 5).fill(utf8('{"a":1}')), 2)) >= 6);
    const large = utf8(JSON.stringify({ text: "x".repeat(100_000) }));
    assert.ok(assertAgrees(wasm, inOneBuffer([large, large, large, large, large], 10)) >= 4);
    const many = utf8(JSON.stringify(Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`k${index}`, 1]))));
    assert.ok(MEMBERS / 3000 < 6 && many.length * 6 < WINDOW);
    assert.ok(assertAgrees(wasm, inOneBuffer([many, many, many, many, many, many], 0)) >= 3);
  });

  it("takes texts beyond its memory, and what lies around them", () => {
    const small = utf8('{"a":[1,2]}');
    for (const length of [WINDOW - 5, WINDOW - 4, WINDOW - 3, WINDOW - 2, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW]) {
      const text = utf8(`"${"x".repeat(length - 2)}"`);
      assert.equal(text.length, length);
      assertAgrees(wasm, inOneBuffer([small, text, small, text.subarray(1), small], 4));
    }
    const members = utf8(JSON.stringify(Object.fromEntries(Array.from({ length: MEMBERS + 1 }, (_, i) => [i, 1]))));
    assert.ok(members.length < WINDOW);
    assertAgrees(wasm, inOneBuffer([small, members, small], 4));
  });

  it("takes texts of several buffers, far apart, in any order, overlapping, and none", () => {
    const [a, b, c] = inOneBuffer([utf8('{"a":1}'), utf8("[1"), utf8(' {"b":{}} ')], 2 * WINDOW) as [
      Range,
      Range,
      Range,
    ];
    const other = { bytes: Buffer.from('x{"c":"d"}x'), start: 1, end: 10 };
    const none = { bytes: undefined, start: 0, end: 0 };
    const inner = { ...other, start: 5, end: 6 };
    assertAgrees(wasm, [a, b, c, other, none, a, c, other, other, inner, b, none, none, a]);
  });
});

describe("the WebAssembly module", () => {
  const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");

  it("is what its source compiles to", () => {
    const source = ["json-scan", "keys", "numbers"]
      .map((name) => readFileSync(new URL(`../../../wasm/${name}.ts`, import.meta.url), "utf8"))
      .join("")
      .replaceAll("\r\n", "\n");
    assert.equal(sha256(source), JSON_SCAN_SOURCE_SHA256, "run scripts/build-wasm.mjs, see wasm/README.md");
    assert.equal(sha256(Buffer.from(JSON_SCAN_MODULE_BASE64, "base64")), JSON_SCAN_MODULE_SHA256);
  });

  it("is used where it can run, and once", () => {
    assert.ok(!(jsonTextScanner() instanceof PortableScanner));
    assert.equal(jsonTextScanner(), jsonTextScanner());
  });

  const module = JSON.stringify(new URL("./json-text-scanner.ts", import.meta.url).href);
  const missing = {
    "there is no WebAssembly": "delete globalThis.WebAssembly;",
    "WebAssembly refuses the module":
      "WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('no vectors'); } };",
  };
  for (const [condition, statement] of Object.entries(missing)) {
    it(`has a replacement where ${condition}`, () => {
      const script = `
        const { jsonTextScanner } = await import(${module});
        ${statement}
        console.log(jsonTextScanner().constructor.name);`;
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
        encoding: "utf8",
      });
      assert.equal(stdout.trim(), "PortableScanner", stderr);
    });
  }
});
