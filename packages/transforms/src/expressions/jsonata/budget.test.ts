import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import jsonata from "jsonata";
import type { TransformMessage } from "../../definition/transform.ts";
import { compileJsonata } from "./compile.ts";

const TOO_MUCH = { message: "it takes more than 1000000 steps" };

type Value = Readonly<Record<string, unknown>>;

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

async function evaluate(expression: string, value: Value): Promise<unknown> {
  const compiled = await compileJsonata(expression);
  return compiled({ value } as unknown as TransformMessage);
}

/** Each of these takes the library seconds to years, or more memory than there is. */
const ATTACKS: readonly (readonly [expression: string, value: Value])[] = [
  ["$toMillis(t, p)", { t: `${"1".repeat(150)}x`, p: "[H]".repeat(5) }],
  ["$toMillis(t, p)", { t: `${"1".repeat(150)}x`, p: "[H]1[m]1[s]1[f]1[M]1" }],
  ["$toMillis(t, p)", { t: `${"+1".repeat(5000)}x`, p: "[Z][z][Z][z]" }],
  ["$toMillis(t, p)", { t: `${"one".repeat(100)}x`, p: "[Hw][mw][sw][Yw][Mw]" }],
  ["$toMillis(t, p)", { t: "1".repeat(1e6), p: "[H]".repeat(1e5) }],
  ["$toMillis(?, p)(t)", { t: `${"1".repeat(150)}x`, p: "[H]".repeat(5) }],
  ["$fromMillis(1, p)", { p: "[Y,999999999]" }],
  ["$fromMillis(1, p)", { p: "[M,*-99999999]" }],
  ["$fromMillis(1, p)", { p: "[Y,2-4][D,9999999]".repeat(20) }],
  ["$now(p)", { p: "[M,99999999]" }],
  ["$now(?)(p)", { p: "[M,99999999]" }],
  ["$formatNumber(1, p)", { p: "#,".repeat(20_000) }],
  ["$formatNumber(1, p)", { p: "0".repeat(1e6) }],
  ["$formatInteger(1, p)", { p: "0,".repeat(50_000) }],
  ["$parseInteger(t, p)", { t: "1".repeat(1e5), p: "0abcdefgh".repeat(5000) }],
  ["$pad('a', w)", { w: 1e9 }],
  ["$pad('a', w, c)", { w: -4e5, c: "x".repeat(1000) }],
  ["$join(l, s)", { l: numbers(1e4).map(String), s: "b".repeat(1e5) }],
  ["$replace(t, 'a', r)", { t: "a".repeat(1e4), r: "b".repeat(1e4) }],
  ["$replace(t, /(.+)/, r)", { t: "a".repeat(1e4), r: "$1".repeat(1e4) }],
  ["$count($match(t, /a+b|a/))", { t: "a".repeat(1e5) }],
  ["$count($match(t, /a+[bc]|a/))", { t: "a".repeat(1e5) }],
  ["$count($match(t, /(a{1,20}){1,9}[bc]|[ad]/))", { t: "a".repeat(1e5) }],
  ["$count(l.($eval($$.t)))", { l: numbers(3000), t: `1 /*${" ".repeat(50_000)}*/` }],
  ["$map([1..n], function($i) { [1..$$.n] })", { n: 1e5 }],
  ["($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f('a', n))", { n: 28 }],
  ["($f := function($s, $n) { $n = 0 ? $s : $f($append($s, $s), $n - 1) }; $count($f([1], n)))", { n: 27 }],
  ['($f := function($s, $n) { $n = 0 ? $s : $f({"a": $s, "b": $s}, $n - 1) }; $f(1, n))', { n: 30 }],
  ["l.($string($$))", { l: numbers(3000), t: "a".repeat(1e5) }],
  ["l.(t & $$.l)", { l: numbers(30_000) }],
  ["l.($length($$.t))", { l: numbers(3000), t: "a".repeat(1e5) }],
  ["l.($$ ~> |$|{}|)", { l: numbers(20_000) }],
  ["l.($$.**)", { l: numbers(20_000) }],
  ["l.($$.l)", { l: numbers(20_000) }],
  ["l[$$.i]", { l: numbers(20_000), i: numbers(20_000) }],
  ["l[$ in $$.m]", { l: numbers(20_000), m: numbers(20_000) }],
  ["l[$$.m = $$.o]", { l: numbers(20_000), m: numbers(20_000), o: numbers(20_000) }],
  ["[1..20000].($$.a.b)", { a: [[numbers(20_000).map((b) => ({ b }))]] }],
  ["l@$a.l@$b.{'x': $a}", { l: numbers(2000) }],
  ["l{k: $sum(v)}", { l: numbers(80_000).map((v) => ({ k: "x", v })) }],
  ["$count(*)", Object.fromEntries(numbers(50_000).map((index) => [`k${index}`, [1]]))],
  ["$distinct(l)", { l: numbers(200_000) }],
  ["$spread(l)", { l: numbers(50_000).map((a) => ({ a })) }],
];

const ORDINARY: readonly (readonly [expression: string, value: Value])[] = [
  ...[
    ["2026-12-01", "[Y0001]-[M01]-[D01]"],
    ["1 December 2026", "[D1] [MNn] [Y]"],
    ["Tue, 1st Dec 2026", "[FNn,*-3], [D1o] [MNn,*-3] [Y0001]"],
    ["20261201123456", "[Y0001][M01][D01][H01][m01][s01]"],
    ["2026-12-01T12:34:56.789+01:00", "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01]"],
    ["12/01/2026 3:04 PM", "[M01]/[D01]/[Y0001] [h]:[m01] [P]"],
    ["Two Thousand and Twenty-Six", "[YWw]"],
    ["MMXXVI", "[YI]"],
    ["2026-335", "[Y0001]-[d001]"],
    ["[2026]", "[[[Y]]]"],
    ["nothing of that", "[Y0001]-[M01]-[D01]"],
    ["12", "[q]"],
    ["12", "[Y"],
  ].map(([t, p]) => ["$toMillis(t, p)", { t, p }] as const),
  ...[
    "[Y]",
    "[Y,2]",
    "[Y,*-2]",
    "[D1o] [MNn] [Y0001]",
    "[FNn], [H01]:[m01] [P] [Z]",
    "[Yw]",
    "[YI]",
    "[X]-W[W01]-[F1]",
    "]]",
  ].map((p) => ["$fromMillis(1796128496789, p, '+0130')", { p }] as const),
  ["$fromMillis(0)", {}],
  ["$toMillis('2026-12-01')", {}],
  ["$now(p)", { p: "[Y0001]" }],
  ["$length($now())", {}],
  ["$millis() - $toMillis($now())", {}],
  ...[
    [12_345.6, "#,##0.00"],
    [-0.5, "0.0;(0.0)"],
    [0.123, "01%"],
    [1234.5, "0.0e0"],
    [0, "1 piece"],
    [-3, "0.# pieces"],
    [1, ""],
  ].map(([v, p]) => ["$formatNumber(v, p)", { v, p }] as const),
  ["$formatNumber(1e6, '#.##0,00', {'decimal-separator': ',', 'grouping-separator': '.'})", {}],
  [
    "[$formatInteger(1999, 'I'), $formatInteger(21, 'w;o'), $formatInteger(1234567, '#,##0'), $formatInteger(28, 'A')]",
    {},
  ],
  ["[$parseInteger('twenty-one', 'w'), $parseInteger('1,234', '#,##0'), $parseInteger('MCM', 'I')]", {}],
  ["[$pad('a', 5), $pad('a', -5, '#'), $pad('abc', 2), $pad('a', 6, 'xy')]", {}],
  ["$map(['a', 'b'], $pad(?, 3, '-'))", {}],
  ["$map(['a', 'bb'], $length)", {}],
  ["$reduce([1..4], function($a, $b) { $a * $b })", {}],
  ["$sort(['b', 'a'])", {}],
  ["$sort([3, 1, 2], function($a, $b) { $a < $b })", {}],
  ["[1, 2, 3] ~> $sum() ~> $string()", {}],
  ["$eval('1 + $sum([2, 3])')", {}],
  ["$split('a1b2c', /[0-9]/)", {}],
  ["$replace('ab', /(b)/, '[$1]')", {}],
  ["$replace('ab', /b/, function($m) { $uppercase($m.match) })", {}],
  ["$count($split(t, /\\s*,\\s*/))", { t: "field ,  ".repeat(2e4) }],
  ["$count($match(t, /[a-z]+@[a-z]+/))", { t: "one@two, three ".repeat(1e4) }],
  ["$replace(t, /(\\w+)-(\\w+)/, '$2 $1')", { t: "é-a bc-de 😀 ".repeat(2000) }],
  ["l{k: $sum(v)}", { l: numbers(10).map((v) => ({ k: `${v % 3}`, v })) }],
  ["$distinct([1, 1, 2])", {}],
  ["$each({'a': 1}, function($v, $k) { $k & $v })", {}],
  ["$ ~> |a|{'b': 2}|", { a: { b: 1 } }],
  ["a@$x.b@$y.{'x': $x, 'y': $y}", { a: [{ n: 1 }], b: [1, 2] }],
  ["$pad(1, 2)", {}],
];

describe("the steps of JSONata", () => {
  for (const [expression, value] of ATTACKS) {
    it(`end for every message: ${expression} ${JSON.stringify(value).slice(0, 60)}`, async () => {
      await assert.rejects(evaluate(expression, value), TOO_MUCH);
    });
  }

  for (const value of [0, -1, -0.5]) {
    it(`do not scale ${value} to an exponent without end`, async () => {
      const refused = { message: `$formatNumber can format numbers above zero with an exponent, not ${value}` };
      await assert.rejects(evaluate("$formatNumber(v, '0.0e0')", { v: value }), refused);
      await assert.rejects(evaluate("$formatNumber(v, 'n 0.0e000')", { v: value }), refused);
      const letters = "$formatNumber(v, 'b.bxb', {'zero-digit': 'a', 'exponent-separator': 'x'})";
      await assert.rejects(evaluate(letters, { v: value }), refused);
    });
  }

  it("cannot be kept from being counted", async () => {
    const source = "($__evaluate_entry := 0; $f := function() { $f() }; $f())";
    await assert.rejects(compileJsonata(source), /reserved/);
    await assert.rejects(evaluate("$eval(t)", { t: source }), /reserved/);
  });

  for (const [expression, value] of ORDINARY) {
    it(`do not change what the library computes: ${expression} ${JSON.stringify(value).slice(0, 60)}`, async () => {
      assert.deepEqual(await outcome(() => evaluate(expression, value)), await outcome(() => own(expression, value)));
    });
  }

  it("end for every picture and text, with the library's result where they are few enough", async () => {
    const piece = fc.constantFrom(..."YMDdFWwXxHhPmsfZzCEq[],-*;#0123456789aAiIwWnNto.e% é");
    const picture = fc.array(fc.oneof(piece, fc.constantFrom("[H]", "[m01]", "[Y,2-4]", "[MNn]", "[Dwo]", "[Z]")), {
      maxLength: 12,
    });
    const text = fc.array(fc.constantFrom("1", "20", "+", ":", "-", " ", "one", "th", "Dec", "x"), { maxLength: 40 });
    const expressions = ["$toMillis(t, p)", "$fromMillis(1e12, p)", "$formatNumber(7, p)", "$formatInteger(7, p)"];
    const compiled = await Promise.all(expressions.map(compileJsonata));
    await fc.assert(
      fc.asyncProperty(picture, text, async (pieces, texts) => {
        const value = { p: pieces.join(""), t: texts.join("") };
        for (const [index, run] of compiled.entries()) {
          const ours = await outcome(() => Promise.resolve(run({ value } as unknown as TransformMessage)));
          if (ours === TOO_MUCH.message) continue;
          assert.deepEqual(ours, await outcome(() => own(expressions[index]!, value)));
        }
      }),
      { numRuns: 300 },
    );
  });
});

function own(expression: string, value: Value): Promise<unknown> {
  return Promise.resolve(jsonata(expression).evaluate(value));
}

/** The result as plain values, or the reason. */
async function outcome(run: () => Promise<unknown>): Promise<unknown> {
  try {
    const result = await run();
    return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
  } catch (error) {
    return (error as { readonly message: string }).message;
  }
}
