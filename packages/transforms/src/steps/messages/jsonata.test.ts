import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HeaderValue } from "@iggy-connectors/sdk";
import { parseJson, stringifyJson } from "@iggy-connectors/sdk";
import { runOne } from "../../../test/transform-case.ts";
import { compileTransforms } from "../../chain/compile.ts";
import type { TransformMessage } from "../../definition/transform.ts";
import { compileJsonata } from "../../expressions/jsonata/compile.ts";
import type { PlanResult } from "../../plan/batch-plan.ts";

const compile = (expression: string) => compileTransforms([{ type: "jsonata", expression }]);

async function run(expression: string, json: string): Promise<PlanResult> {
  return runOne(
    await compile(expression),
    { json: parseJson(Buffer.from(json)) },
    new Map<string, HeaderValue>([["who", { kind: "string", value: "ada" }]]),
    { stream: "shop", topic: "orders", partition: 3 },
    2n ** 60n,
  );
}

async function textOf(expression: string, json: string): Promise<string> {
  const { batch, failed } = await run(expression, json);
  assert.deepEqual(failed, []);
  return Buffer.from(batch.at(0).payload).toString();
}

async function failureOf(expression: string, json: string): Promise<string> {
  const [failure] = (await run(expression, json)).failed;
  assert.equal(failure?.error.code, "IGC_TRANSFORM_EXPRESSION");
  return failure.error.message;
}

describe("jsonata", () => {
  it("can read where the message came from", async () => {
    const expression = "[$stream, $topic, $partition, $headers.who, $kind, $offset]";
    assert.equal(await textOf(expression, "{}"), '["shop","orders",3,"ada","json","1152921504606846976"]');
  });

  it("passes unchanged parts on, including integers of 64 bits", async () => {
    for (const json of ['{"a":9223372036854775807}', "[1,[2]]", "[]", "[[3]]"]) {
      assert.equal(await textOf("$", json), json);
    }
    assert.equal(await textOf('{ "id": id }', '{"id":18446744073709551615}'), '{"id":18446744073709551615}');
    assert.match(await failureOf("id + 1", '{"id":9223372036854775807}'), /left side of the "\+" operator/);
  });

  it("reads text payloads", async () => {
    const { batch } = runOne(await compile('{ "words": $split($, " ") }'), { text: "a b" });
    assert.equal(batch.schema, "json");
    assert.deepEqual(batch.at(0).value, { words: ["a", "b"] });
  });

  it("never changes its input", async () => {
    const input = { a: [{ b: 1 }], c: 2 };
    const evaluate = await compileJsonata('{ "one": a[], "other": $ ~> | a | {"b": 2} | }');
    const output = evaluate({ value: input } as TransformMessage);
    assert.deepEqual(output, { one: [{ b: 1 }], other: { a: [{ b: 2 }], c: 2 } });
    assert.equal(stringifyJson(input), '{"a":[{"b":1}],"c":2}');
  });

  it("searches by patterns of linear time, one match after the other", async () => {
    const expression = '[$replace(t, /(?:l)(o)/, "[$1]"), $match(t, /B/i).match, $contains(t, /^lo/m)]';
    assert.equal(await textOf(expression, '{"t":"hello\\nlo b"}'), '["hel[o]\\n[o] b","b",true]');
    const evil = JSON.stringify({ t: `${"a".repeat(50_000)}!` });
    assert.equal(await textOf("$contains(t, /^(a+)+$/)", evil), "false");
  });

  it("refuses an invalid expression when it is compiled", async () => {
    for (const expression of ["{ id: ", "$contains(t, /(?=a)/)"]) {
      await assert.rejects(compile(expression), {
        name: "FatalError",
        code: "IGC_CONFIG_TRANSFORM_INVALID",
        message: /transforms\[0\]\.expression: is not a JSONata expression: ./,
      });
    }
  });

  it("fails the message if the expression does not terminate, nests too deeply, or has a result that is not a value", async () => {
    assert.match(await failureOf("($f := function() { $f() }; $f())", "{}"), /more than 1000000 steps/);
    assert.match(await failureOf("($f := function($n) { 1 + $f($n) }; $f(1))", "{}"), /call stack|steps/);
    assert.match(await failureOf("$sum", "{}"), /JSON cannot express/);
    assert.match(await failureOf("1 / 0", "{}"), /./);
  });

  it("counts steps per message", async () => {
    const plan = await compile("$sum([1..3])");
    for (let count = 0; count < 3; count++) assert.equal(runOne(plan, { json: {} }).batch.at(0).value, 6);
  });
});
