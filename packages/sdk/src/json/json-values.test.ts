import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonText } from "@iggy-connectors/test-support";
import fc from "fast-check";
import type { JsonValue } from "../contract/message.ts";
import { exactAt, valueAt } from "../paths/edit.ts";
import { parsePath } from "../paths/path.ts";
import { parseJson, validateJson } from "./json.ts";
import { JsonNumber } from "./json-number.ts";
import { selectMembers } from "./json-object.ts";
import { stringifyJson } from "./json-print.ts";
import { numberText } from "./json-spelling.ts";

const RUNS = { numRuns: 3000 };

/** The text without white space between tokens, and with strings spelt as the platform does. */
function compact(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|[ \t\n\r]+/g, (token) =>
    token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : "",
  );
}

/** `-0` and what is beyond doubles aside, what `JSON.parse` says about numbers of usual length. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, member) => (typeof member === "bigint" ? Number(member) : member)));
}

function parse(text: string): Record<string, unknown> {
  return parseJson(Buffer.from(text)) as Record<string, unknown>;
}

describe("JSON that is read and printed", () => {
  it("has the same numbers, members and order, whatever the text", () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        fc.pre(validateJson(Buffer.from(text)));
        const wrapped = `[${text}]`;
        assert.equal(stringifyJson(parse(wrapped)), compact(wrapped));
      }),
      RUNS,
    );
  });

  it("has the values that the platform reads", () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        fc.pre(validateJson(Buffer.from(text)));
        assert.deepEqual(plain(parseJson(Buffer.from(text))), plain(JSON.parse(text)));
      }),
      RUNS,
    );
  });

  it("is every number that the grammar allows", () => {
    const digits = "1".repeat(5000);
    const text = `{"long":18446744073709551616,"negative":-9223372036854775809,"digits":${digits},"beyond":1e400,"less":-1e400,"small":1e-400,"zero":-0}`;
    const value = parse(text);
    assert.equal(value.long, 18446744073709551616n);
    assert.equal(value.negative, -9223372036854775809n);
    assert.equal(value.digits, Number.POSITIVE_INFINITY);
    assert.equal(value.beyond, Number.POSITIVE_INFINITY);
    assert.equal(value.less, Number.NEGATIVE_INFINITY);
    assert.equal(value.small, 0);
    assert.ok(Object.is(value.zero, -0));
    assert.equal(stringifyJson(value), text);
  });
});

describe("strings of a value that remembers how it was written", () => {
  it("are escaped as the platform does, keys too", () => {
    const characters = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code));
    for (const text of [...characters, "\u2028", "\ud83d", "\ude00", "\ud83d\ude00", "\udc00\ud800", "日本", ""]) {
      const value = parseJson(Buffer.from('{"written":1.0}')) as { [key: string]: JsonValue };
      value[`key ${text}`] = [text, `a${text}b`];
      assert.equal(stringifyJson(value), JSON.stringify(value).replace('"written":1', '"written":1.0'));
    }
  });
});

describe("a value that was changed after it was read", () => {
  const text = '{"b":1.10,"10":1,"a":2.50,"2":[1.0,{"c":1e2}],"a":2.0}';

  it("keeps the text of every number that is still the same, in copies too", () => {
    assert.equal(stringifyJson({ ...parse(text), b: 3.5 }), '{"b":3.5,"10":1,"a":2.50,"2":[1.0,{"c":1e2}],"a":2.0}');
    assert.equal(stringifyJson({ ...parse(text), a: 3 }), '{"b":1.10,"10":1,"2":[1.0,{"c":1e2}],"a":3}');
    const changed = parse(text);
    changed.b = 1.2;
    delete changed["10"];
    changed.added = 1;
    assert.equal(stringifyJson(changed), '{"b":1.2,"a":2.50,"2":[1.0,{"c":1e2}],"a":2.0,"added":1}');
  });

  it("never prints the text of another number", () => {
    const value = parse('{"x":-0,"y":1e400,"z":1.0}');
    assert.equal(stringifyJson({ ...value, x: 0, y: 5, z: "1.0" }), '{"x":0,"y":5,"z":"1.0"}');
    const array = parse("[1.0,2.0]") as unknown as number[];
    array.reverse();
    assert.equal(stringifyJson(array), "[2,1]");
  });

  it("puts added members last", () => {
    assert.equal(stringifyJson({ ...parse('{"b":1,"7":2,"a":3}'), "5": 0, c: 4 }), '{"b":1,"7":2,"a":3,"c":4,"5":0}');
  });

  it("prints what JSON.stringify prints of everything else", () => {
    const value = { read: parse('{"a":1.0}'), date: new Date(0), left: undefined, list: [undefined, () => 1], big: 5n };
    assert.equal(
      stringifyJson(value),
      '{"read":{"a":1.0},"date":"1970-01-01T00:00:00.000Z","list":[null,null],"big":5}',
    );
    assert.throws(
      () => {
        const cycle: Record<string, unknown> = parse('{"a":1.0}');
        cycle.self = cycle;
        stringifyJson(cycle);
      },
      { code: "IGC_SOURCE_ENCODE" },
    );
  });

  it("is not seen by loops over keys, nor by JSON.stringify", () => {
    const value = parse('{"b":1.10,"a":2}');
    assert.deepEqual(Object.keys(value), ["b", "a"]);
    assert.equal(JSON.stringify(value), '{"b":1.1,"a":2}');
  });

  it("keeps what it knows when members are removed", () => {
    const rest = selectMembers(parse(text) as never, (key) => key !== "b");
    assert.equal(stringifyJson(rest), '{"10":1,"a":2.50,"2":[1.0,{"c":1e2}],"a":2.0}');
  });
});

describe("numberText, exactAt", () => {
  const value = parse(
    '{"p":1.10,"i":12345678901234567890,"s":5,"t":"1.10","n":{"list":[1,12345678901234567.89]},"e":1e400}',
  );

  it("give numbers as they were written", () => {
    assert.equal(numberText(value, "p"), "1.10");
    assert.equal(numberText(value, "i"), "12345678901234567890");
    assert.equal(numberText(value, "s"), "5");
    assert.equal(numberText(value, "e"), "1e400");
    assert.equal(numberText(value, "t"), undefined);
    assert.equal(numberText(value, "missing"), undefined);
    assert.equal(numberText(value, "toString"), undefined);
    assert.equal(numberText(valueAt(value, parsePath("n.list")) as unknown[], 1), "12345678901234567.89");
    assert.equal(numberText({ x: 1e20 }, "x"), "1e+20");
    assert.equal(numberText({ x: Number.NaN }, "x"), undefined);
  });

  it("tell a number whose text says more than its double", () => {
    const exact = exactAt(value, parsePath("n.list[1]"));
    assert.ok(exact instanceof JsonNumber);
    assert.equal(exact.text, "12345678901234567.89");
    assert.equal(exact.value, Number("12345678901234567.89"));
    assert.equal(String(exactAt(value, parsePath("p"))), "1.10");
    assert.equal(exactAt(value, parsePath("s")), 5);
    assert.equal(exactAt(value, parsePath("i")), 12345678901234567890n);
    assert.equal(exactAt(value, parsePath("t")), "1.10");
    assert.equal(exactAt(value, parsePath("n.list[*]")), 1);
    assert.equal(exactAt(value, parsePath("n.missing")), undefined);
    assert.equal(exactAt(value, parsePath("p.deeper")), undefined);
    assert.equal(stringifyJson({ moved: exact, n: 1n }), '{"moved":12345678901234567.89,"n":1}');
    assert.equal(JSON.stringify({ moved: exact }), '{"moved":12345678901234567.89}');
  });
});
