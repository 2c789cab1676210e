import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJson, stringifyJson } from "@iggy-connectors/sdk";
import { type JsonPart, ObjectText, openJson } from "@iggy-connectors/sdk/internal";
import type { TransformMessage } from "../definition/transform.ts";
import { compileExpression } from "./cel.ts";

/** What an expression makes of a payload: moved, and evaluated. */
async function both(
  source: string,
  json: string,
): Promise<{ readonly moved: string | undefined; readonly evaluated: string }> {
  const evaluate = await compileExpression(source);
  const part = evaluate.moved?.(openJson(Buffer.from(json)));
  const message = {
    value: parseJson(Buffer.from(json)),
    part: openJson(Buffer.from(json)),
  } as unknown as TransformMessage;
  return { moved: part === undefined ? undefined : textOf(part), evaluated: stringifyJson(evaluate(message)) ?? "" };
}

function textOf(part: JsonPart): string {
  const holder = ObjectText.of([["x", part]]);
  return holder.toString().slice('{"x":'.length, -1);
}

describe("expressions that only move", () => {
  it("give what their evaluation gives", async () => {
    const json = '{"a":1,"b":"text","c":{"d":[1,2,null],"e":true},"f":null}';
    for (const source of [
      "payload.a",
      "payload.c.d",
      "[payload.a, payload.b]",
      "[payload.c, 'k', true, null, 5, 2.5]",
      "{'one': payload.a, 'two': {'three': [payload.f]}, 'four': 'five'}",
      "[]",
      "{}",
    ]) {
      const { moved, evaluated } = await both(source, json);
      assert.equal(moved, evaluated, source);
    }
  });

  it("are not those that compute, or whose result depends on more", async () => {
    for (const source of [
      "payload.a + 1",
      "[-2]",
      "[payload.a + 1]",
      "topic",
      "[topic]",
      "payload",
      "{payload.b: 1}",
      "[1][0]",
      "'x'",
    ]) {
      assert.equal((await compileExpression(source)).moved, undefined, source);
    }
  });

  it("leave to the evaluation what is missing, repeated or decoded already", async () => {
    const { moved } = await compileExpression("[payload.a, payload.none]");
    assert.equal(moved?.(openJson(Buffer.from('{"a":1}'))), undefined);
    assert.equal((await compileExpression("{'a': payload.a, 'a': payload.a}")).moved, undefined);
    const { moved: bytes } = await compileExpression("[payload.a]");
    assert.equal(bytes?.({ a: Buffer.from("x") }), undefined);
    assert.equal(bytes?.({ a: [1] }), undefined);
    assert.notEqual(bytes?.({ a: 1 }), undefined);
  });
});
