import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { headerValue } from "@iggy-connectors/protocol";
import type { Headers, HeaderValue, ProducedMessage } from "@iggy-connectors/sdk";
import { messageList, parsePath } from "@iggy-connectors/sdk";
import { removeAt } from "@iggy-connectors/sdk/internal";
import { runOne } from "../../test/transform-case.ts";
import { compileTransforms } from "../chain/compile.ts";
import type { ExampleMessage, TransformExample } from "../definition/example.ts";
import { createProducePlan } from "../plan/produce-plan.ts";
import { plainHeader } from "../values/headers.ts";
import { TRANSFORMS } from "./all.ts";

const MODULES = fileURLToPath(new URL("../../../../node_modules", import.meta.url));
const REF = { stream: "shop", topic: "orders", partition: 0 };

function vector(message: ExampleMessage): Record<string, unknown> {
  if (message.hex !== undefined) {
    const names = { raw: "raw_hex", avro: "avro_hex", flat_buffer: "flatbuffer_hex", proto: "proto" };
    return { [names[message.kind ?? "raw"]]: message.hex };
  }
  if (message.text !== undefined) return { [message.kind === "proto" ? "proto" : "text"]: message.text };
  return { json: message.json };
}

function headersOf({ headers = {} }: ExampleMessage): Headers {
  return new Map(
    Object.entries(headers).map(([name, value]): [string, HeaderValue] => [
      name,
      typeof value === "object" ? value : headerValue(value),
    ]),
  );
}

async function check(type: string, example: TransformExample, folder: string): Promise<void> {
  for (const [path, text] of Object.entries(example.files ?? {})) writeFileSync(join(folder, path), text);
  const targets = Array.isArray(example.output) ? example.output.flatMap(({ target }) => target ?? []) : [];
  const plan = await compileTransforms([{ type, ...example.common, ...example.settings }], {
    directories: [folder],
    loadModule: (path) => import(pathToFileURL(path).href),
  });
  if (targets.length > 0) return checkTargets(plan, example, targets);
  const { batch, filtered, failed } = runOne(plan, vector(example.input), headersOf(example.input), REF);
  if (!Array.isArray(example.output)) {
    assert.equal(failed[0]?.error.code, (example.output as { error: string }).error);
    return;
  }
  const expected = example.output as readonly ExampleMessage[];
  assert.deepEqual(failed, []);
  assert.equal(filtered, expected.length === 0 ? 1 : 0);
  assert.equal(batch.length, expected.length);
  for (const [index, message] of expected.entries()) {
    const actual = batch.at(index);
    assert.deepEqual(steady(shown(actual.value), example), steady(valueOfExample(message), example));
    const headers = Object.fromEntries([...actual.headers].map(([name, value]) => [name, plainHeader(value)]));
    assert.deepEqual(headers, message.headers ?? {});
  }
}

/** Where a source's message goes is not seen by a sink. */
function checkTargets(
  plan: Parameters<typeof createProducePlan>[0],
  { input }: TransformExample,
  targets: string[],
): void {
  const message: ProducedMessage = { payload: input.json };
  const { messages } = createProducePlan(plan).transform([message], "json");
  assert.deepEqual(
    messageList(messages).map(({ stream }) => stream),
    targets,
  );
}

function shown(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}

function valueOfExample({ json, text, hex }: ExampleMessage): unknown {
  return hex ?? text ?? json;
}

function steady(value: unknown, { varies = [] }: TransformExample): unknown {
  return varies.map(parsePath).reduce(removeAt, value);
}

describe("examples", () => {
  for (const [type, { examples, settings }] of TRANSFORMS) {
    for (const example of examples) {
      it(`${type}: ${example.title}`, async (t) => {
        const folder = mkdtempSync(join(tmpdir(), "transform-example-"));
        t.after(() => rmSync(folder, { recursive: true, force: true }));
        // What a module imports is found as where the project is installed.
        symlinkSync(MODULES, join(folder, "node_modules"), "junction");
        await check(type, example, folder);
      });
    }
    it(`${type} has one, and describes its settings`, () => {
      assert.ok(examples.length > 0);
      assert.ok(settings.safeParse({}) !== undefined);
    });
  }
});
