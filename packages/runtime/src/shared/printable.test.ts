import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printable, printableJson, printableLine } from "./printable.ts";

/** What no terminal and no reader must be given: controls, bidirectional and invisible characters, line separators. */
const DANGEROUS: readonly (readonly [string, number, number])[] = [
  ["C0", 0x00, 0x1f],
  ["delete and C1, with CSI 0x9b and OSC 0x9d", 0x7f, 0x9f],
  ["soft hyphen", 0xad, 0xad],
  ["Arabic letter mark", 0x61c, 0x61c],
  ["zero width space", 0x200b, 0x200b],
  ["left-to-right and right-to-left marks", 0x200e, 0x200f],
  ["line and paragraph separators", 0x2028, 0x2029],
  ["bidirectional embeddings and overrides", 0x202a, 0x202e],
  ["word joiner and invisible operators", 0x2060, 0x2064],
  ["bidirectional isolates", 0x2066, 0x206f],
  ["surrogates", 0xd800, 0xdfff],
  ["byte order mark", 0xfeff, 0xfeff],
  ["tags", 0xe0001, 0xe0001],
  ["tag letters", 0xe0020, 0xe007f],
];

test("every character that a terminal obeys, or that hides or reorders text, is shown as an escape", () => {
  for (const [name, first, last] of DANGEROUS) {
    for (let code = first; code <= last; code++) {
      const character = String.fromCodePoint(code);
      const line = printableLine(`a${character}b`);
      assert.match(line, /^a\\(u[0-9a-f]{4}|u\{[0-9a-f]+\}|[nrt])b$/, `${name} ${code.toString(16)}`);
      if (character === "\n" || character === "\t") assert.equal(printable(character), character);
      else assert.match(printable(character), /^\\u/, `${name} ${code.toString(16)}`);
      const json = printableJson([character]);
      assert.ok(!json.includes(character), `${name} ${code.toString(16)}`);
      assert.deepEqual(JSON.parse(json), [character]);
    }
  }
});

test("text in any language, and emoji, is unchanged", () => {
  for (const text of ["Łódź", "日本語", "نمی‌خواهم", "שלום", "👩‍👩‍👧 ❤️", 'a "b" \\ c', "  é"]) {
    assert.equal(printable(text), text);
    assert.equal(printableLine(text), text);
  }
  assert.equal(printable("a\n\tb"), "a\n\tb");
  assert.equal(printableLine("a\n\tb\r"), "a\\n\\tb\\r");
  assert.equal(printableLine("\u001b]0;x\u0007\u009b2J"), "\\u001b]0;x\\u0007\\u009b2J");
});

test("JSON is printed with its value unchanged, indented or not", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = printableJson(value, indent === undefined ? {} : { indent });
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(printable(text), text);
    }),
  );
  assert.equal(printableJson(undefined), "null");
});
