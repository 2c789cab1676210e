import assert from "node:assert/strict";
import { test } from "node:test";
import { isPacked, messageList } from "@iggy-connectors/sdk";
import fc from "fast-check";
import { headerPath, type LinePosition, type LineRules, type ScanResult, scanLines } from "./line-scanner.ts";

const RULES: LineRules = {
  maxLineBytes: 16,
  longLines: "split",
  keepCarriageReturn: true,
  skipNul: false,
  headerPath: undefined,
};
const PLENTY = { maxMessages: 1000, maxBytes: 1 << 20 };
const START: LinePosition = { offset: 0, line: 0, piece: 0 };
const ID_BASE = 7n << 64n;

function scan(content: string | Buffer, final = true, rules = RULES, limits = PLENTY, from = START): ScanResult {
  const bytes = Buffer.from(content);
  return scanLines(
    { bytes: bytes.subarray(from.offset), offset: from.offset, final, idBase: ID_BASE },
    from,
    rules,
    limits,
  );
}

const window = (content: string) => ({ bytes: Buffer.from(content), offset: 0, final: true, idBase: 0n });

const texts = (result: ScanResult) =>
  messageList(result.messages).map(({ payload }) => Buffer.from(payload as Uint8Array).toString());

test("lines are cut at line feeds, nothing else is touched", () => {
  const result = scan("one\r\n two \nthr\tee\n");
  assert.deepEqual(texts(result), ["one\r", " two ", "thr\tee"]);
  assert.deepEqual(result.next, { offset: 18, line: 3, piece: 0 });
});

test("a carriage return before the line feed belongs to the line end, unless it is to be kept", () => {
  const rules = { ...RULES, keepCarriageReturn: false };
  const result = scan("one\r\n\r\ntwo\r \n\n0123456789abcdef\r\nrest\r", true, rules);
  assert.deepEqual(texts(result), ["one", "two\r ", "0123456789abcdef", "rest\r"]);
  assert.equal(result.emptyLines, 2);
  for (const seen of [17, 18]) {
    const part = scanLines({ ...window("0123456789abcdef\r\n".slice(0, seen)), final: false }, START, rules, PLENTY);
    assert.equal(part.messages.length, seen - 17, "a line of the limit is whole");
  }
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("\r", "\n", "a", "b"), { maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      (characters, step) => {
        const input = Buffer.from(characters.join(""));
        const found: string[] = [];
        let position = START;
        for (let available = 0; position.offset < input.length; ) {
          available = Math.min(input.length, available + step);
          const bytes = input.subarray(position.offset, available);
          const part = { bytes, offset: position.offset, final: available === input.length, idBase: 0n };
          const seen = scanLines(part, position, { ...rules, maxLineBytes: 256 }, PLENTY);
          found.push(...texts(seen));
          position = seen.next;
        }
        assert.deepEqual(
          found,
          input
            .toString()
            .split(/\r?\n/)
            .filter((line) => line !== ""),
        );
      },
    ),
  );
});

test("a byte order mark is not part of the first line", () => {
  assert.deepEqual(texts(scan("\ufeffone\n\ufefftwo\n")), ["one", "\ufefftwo"]);
  assert.deepEqual(scan("\ufeff").next, { offset: 3, line: 0, piece: 0 });
  assert.deepEqual(messageList(scan("\ufeff".slice(0, 1), false).messages), []);
});

test("runs of NUL are left out and counted, in any windows", () => {
  const rules = { ...RULES, skipNul: true };
  const nul = (count: number) => "\0".repeat(count);
  for (const [input, expected, count] of [
    [`${nul(5)}one\n`, ["one"], 5],
    [`${nul(5000)}one\ntwo\n`, ["one", "two"], 5000],
    [`one\n${nul(40)}two\n`, ["one", "two"], 40],
    [`one\n${nul(3)}two\n`, ["one", `${nul(3)}two`], 0],
    [`one\nt${nul(9)}o\n`, ["one", `t${nul(9)}o`], 0],
    [`one\n${nul(100)}`, ["one"], 100],
  ] as const) {
    for (const step of [1, 7, 64, 10_000]) {
      const bytes = Buffer.from(input);
      const found: string[] = [];
      let [position, skipped] = [START, 0];
      for (let available = 0; position.offset < bytes.length; ) {
        available = Math.min(bytes.length, available + step);
        const final = available === bytes.length;
        const part = { bytes: bytes.subarray(position.offset, available), offset: position.offset, final, idBase: 0n };
        const seen = scanLines(part, position, rules, PLENTY);
        found.push(...texts(seen));
        skipped += seen.nulBytes;
        position = seen.next;
      }
      assert.deepEqual([found, skipped], [expected, count], `${JSON.stringify(input.slice(0, 20))}, ${step}`);
    }
  }
});

test("a last line without line feed waits until nothing follows any more", () => {
  assert.deepEqual(texts(scan("one\ntw", false)), ["one"]);
  assert.deepEqual(scan("one\ntw", false).next, { offset: 4, line: 1, piece: 0 });
  assert.deepEqual(texts(scan("one\ntw", true)), ["one", "tw"]);
});

test("empty lines are counted, since no message can be empty", () => {
  const result = scan("\na\n\n\nb\n\n");
  assert.deepEqual(texts(result), ["a", "b"]);
  assert.equal(result.emptyLines, 4);
  assert.equal(result.next.line, 6);
});

test("the id is the base and the line's offset", () => {
  assert.deepEqual(
    messageList(scan("one\ntwo\n").messages).map((message) => message.id),
    [ID_BASE, ID_BASE + 4n],
  );
});

test("lines are packed in the bytes that were read, unless one of them has headers", () => {
  const bytes = Buffer.from("a\nb\n");
  const { messages } = scanLines({ bytes, offset: 0, final: true, idBase: ID_BASE }, START, RULES, PLENTY);
  assert.ok(isPacked(messages) && messages.bytes === bytes);
  const mixed = scan("a\n0123456789abcdefg\nb\n").messages;
  assert.ok(!isPacked(mixed));
  assert.deepEqual(
    mixed.map(({ id, headers }) => [Number((id ?? 0n) - ID_BASE), headers !== undefined]),
    [
      [0, false],
      [2, true],
      [18, true],
      [20, false],
    ],
  );
});

test("a line of exactly the limit is whole, one byte more makes pieces with their number", () => {
  assert.deepEqual(texts(scan("0123456789abcdef\n")), ["0123456789abcdef"]);
  const result = scan("0123456789abcdefg\nnext\n");
  assert.deepEqual(texts(result), ["0123456789abcdef", "g", "next"]);
  assert.deepEqual(
    messageList(result.messages).map(({ headers }) => (headers as Map<string, unknown> | undefined)?.get("file.piece")),
    [{ kind: "uint32", value: 1 }, { kind: "uint32", value: 2 }, undefined],
  );
  assert.equal(result.next.line, 2);
});

test("no piece tears a UTF-8 character", () => {
  const result = scan(`${"a".repeat(14)}€€€€€€€\n`);
  assert.ok(texts(result).every((text) => !text.includes("\ufffd")));
  assert.equal(texts(result).join(""), `${"a".repeat(14)}€€€€€€€`);
});

test("skipped lines are counted once, also when their end comes later", () => {
  const rules: LineRules = { ...RULES, longLines: "skip" };
  const content = `${"x".repeat(40)}\nshort\n`;
  const first = scan(content.slice(0, 20), false, rules);
  assert.deepEqual(texts(first), []);
  assert.equal(first.skippedLines, 0);
  assert.equal(first.next.offset, 20);
  const rest = scan(content, true, rules, PLENTY, first.next);
  assert.deepEqual(texts(rest), ["short"]);
  assert.equal(rest.skippedLines, 1);
  assert.equal(rest.next.line, 2);
});

test("limits end a batch, but never below one message", () => {
  const byCount = scan("a\nb\nc\n", true, RULES, { ...PLENTY, maxMessages: 2 });
  assert.deepEqual([texts(byCount), byCount.limited, byCount.next.offset], [["a", "b"], true, 4]);
  const byBytes = scan("aa\nbb\ncc\n", true, RULES, { ...PLENTY, maxBytes: 5 });
  assert.deepEqual([texts(byBytes), byBytes.limited], [["aa", "bb"], true]);
  assert.deepEqual(texts(scan("aaaa\n", true, RULES, { ...PLENTY, maxBytes: 1 })), ["aaaa"]);
});

test("headers name path and offset when asked for", () => {
  const { messages } = scan("a\nb\n", true, { ...RULES, headerPath: "/f" });
  assert.deepEqual(
    [...((messageList(messages)[1]?.headers ?? new Map()) as Map<string, unknown>)],
    [
      ["file.path", { kind: "string", value: "/f" }],
      ["file.offset", { kind: "uint64", value: 2n }],
    ],
  );
  const long = headerPath(`/${"ä".repeat(300)}/name`);
  assert.ok(Buffer.byteLength(long) <= 255 && long.endsWith("ä/name"));
});

const line = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.constantFrom("", "\r", "€".repeat(12), "x".repeat(16), "x".repeat(17), "\u0000"),
);
const content = fc.oneof(
  fc.array(line, { maxLength: 12 }).map((lines) => Buffer.from(lines.join("\n"))),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.array(fc.constantFrom(10, 13, 97, 0x80, 0xe2, 0x82, 0xac), { maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

test("for any input in any chunks, the payloads and the line feeds between them are the input", () => {
  fc.assert(
    fc.property(
      content,
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 4, max: 40 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 60 }),
      (input, portions, maxLineBytes, maxMessages, maxBytes) => {
        const rules: LineRules = { ...RULES, maxLineBytes };
        const rebuilt = Buffer.alloc(input.length, 10);
        let position = START;
        let available = 0;
        let turn = 0;
        let lastEnd = 0;
        for (;;) {
          const window = {
            bytes: input.subarray(position.offset, available),
            offset: position.offset,
            final: available === input.length,
            idBase: ID_BASE,
          };
          const result = scanLines(window, position, rules, { maxMessages, maxBytes });
          for (const { id, payload } of messageList(result.messages)) {
            const bytes = payload as Uint8Array;
            assert.ok(bytes.length >= 1 && bytes.length <= maxLineBytes);
            const at = Number((id ?? 0n) - ID_BASE);
            assert.ok(at >= lastEnd, "no byte comes twice");
            rebuilt.set(bytes, at);
            lastEnd = at + bytes.length;
          }
          if (result.next.offset === position.offset) {
            if (available === input.length) break;
            available = Math.min(input.length, available + (portions[turn++ % portions.length] as number));
          }
          position = result.next;
        }
        assert.equal(position.offset, input.length);
        assert.deepEqual(rebuilt, input);
        assert.equal(position.piece, 0);
      },
    ),
    { numRuns: 2000 },
  );
});
