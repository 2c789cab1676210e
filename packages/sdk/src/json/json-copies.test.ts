import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { type TestContext, test } from "node:test";
import type * as Sdk from "../index.ts";

/** This package, loaded once more with modules of its own, as a plugin has it that brings its copy. */
async function copyOf(t: TestContext, name: string): Promise<typeof Sdk> {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const own = context.parentURL?.endsWith(name) && found.url.startsWith("file:");
      return own ? { ...found, url: `${found.url}${name}` } : found;
    },
  });
  t.after(() => hooks.deregister());
  const entry = new URL(`../index.ts${name}`, import.meta.url).href;
  return (await import(entry)) as typeof Sdk;
}

const TEXT = '{"2":1.10,"a":[1e2,-0.0,1e400],"1":{"b":12345678901234567.89},"a":7.0}';

test("what one copy of the package read, another one prints as it was written", async (t) => {
  const first = await copyOf(t, "?first");
  const second = await copyOf(t, "?second");
  assert.notEqual(first.stringifyJson, second.stringifyJson);
  assert.equal(second.stringifyJson({ v: 1.1 }), '{"v":1.1}');
  for (const [reading, printing] of [
    [first, second],
    [second, first],
  ] as const) {
    const value = reading.parseJson(Buffer.from(TEXT)) as Record<string, unknown>;
    assert.equal(printing.stringifyJson(value), TEXT);
    assert.equal(printing.stringifyJson({ ...value, c: 1 }), `${TEXT.slice(0, -1)},"c":1}`);
    assert.equal(printing.stringifyJson({ ...value, 2: 3 }), TEXT.replace("1.10", "3"));
    assert.equal(printing.numberText(value, "2"), "1.10");
    assert.equal(printing.numberText(value["1"] as object, "b"), "12345678901234567.89");
  }
});

test("the exact numbers of one copy of the package are those of another one", async (t) => {
  const first = await copyOf(t, "?first");
  const second = await copyOf(t, "?second");
  assert.notEqual(first.JsonNumber, second.JsonNumber);
  for (const [reading, printing] of [
    [first, second],
    [second, first],
  ] as const) {
    const value = reading.parseJson(Buffer.from('{"v":[1.10]}'));
    const number = reading.exactAt(value, reading.parsePath("v[0]"));
    assert.ok(number instanceof printing.JsonNumber);
    assert.equal(number.text, "1.10");
    assert.equal(printing.stringifyJson({ value, number }), '{"value":{"v":[1.10]},"number":1.10}');
    assert.equal(printing.numberText({ number }, "number"), "1.10");
  }
  for (const other of [undefined, null, 1.1, "1.10", { text: "1.10", value: 1.1 }]) {
    assert.ok(!(other instanceof first.JsonNumber));
  }
});
