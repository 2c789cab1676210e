import assert from "node:assert/strict";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { readFileTransforms } from "@iggy-connectors/runtime";
import type { ConnectorError } from "@iggy-connectors/sdk";
import {
  type HeaderValue,
  type Message,
  messageList,
  type ProducedMessage,
  type Schema,
  stringifyJson,
} from "@iggy-connectors/sdk";
import {
  type CompileOptions,
  compileTransforms,
  createBatchPlan,
  createProducePlan,
  type MessageFailure,
  type TransformPlan,
} from "@iggy-connectors/transforms";
import { framesOf } from "../connectors/batch-of.ts";

/** One message and what has to come out of it: exactly one of `expected`, `filtered` and `error`. */
export interface TransformCase {
  readonly name?: string;
  /** Bytes and texts as they are; anything else as its JSON. */
  readonly input: unknown;
  /** Plain values get the type that Iggy's SDKs give them. */
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  /** Default: stream `orders`, topic `created`, partition 0, offset 0. */
  readonly metadata?: {
    readonly stream?: string;
    readonly topic?: string;
    readonly partition?: number;
    readonly offset?: bigint;
  };
  /** The value; with `several` the list of values that one message became. */
  readonly expected?: unknown;
  readonly several?: boolean;
  readonly filtered?: boolean;
  /** The error's code, or a pattern of its message. */
  readonly error?: string | RegExp;
  /** All headers of every message that comes out. */
  readonly expectedHeaders?: Readonly<Record<string, string | number | boolean | bigint>>;
  /** Sources: name of the stream that every message goes to. */
  readonly expectedTarget?: string;
  /** Top-level fields, such as times, whose values are not compared; that they are there is. */
  readonly varies?: readonly string[];
}

export interface TestTransformsOptions {
  /** How inputs are read; default: as by the file's first stream, else `json`. */
  readonly schema?: Schema;
  /** Folder for relative paths where no file is given; default: the process's. */
  readonly directory?: string;
  /** For placeholders of the file; default: the process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Runs cases through the transforms of a connector, for unit tests of one's own configuration. `config` is the path of a
 * connector file, or what stands below `transforms`. Rejects with an `AssertionError` that lists every case that does not
 * hold, or with the error of a configuration that cannot be used.
 */
export async function testTransforms(
  config: string | object,
  cases: readonly TransformCase[],
  options: TestTransformsOptions = {},
): Promise<void> {
  const { plan, schema } = await compile(config, options);
  const wrong: string[] = [];
  for (const [index, one] of cases.entries()) {
    try {
      check(plan, schema, one);
    } catch (error) {
      if (!(error instanceof assert.AssertionError)) throw error;
      wrong.push(`${one.name ?? `case ${index + 1}`}: ${error.message}`);
    }
  }
  if (wrong.length > 0) assert.fail(`${wrong.length} of ${cases.length} cases do not hold:\n${wrong.join("\n")}`);
}

async function compile(
  config: string | object,
  { schema, directory, environment }: TestTransformsOptions,
): Promise<{ plan: TransformPlan; schema: Schema }> {
  const loadModule: NonNullable<CompileOptions["loadModule"]> = async (path) =>
    (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  if (typeof config !== "string") {
    const directories = directory === undefined ? {} : { directories: [directory] };
    return { plan: await compileTransforms(config, { loadModule, ...directories }), schema: schema ?? "json" };
  }
  const read = await readFileTransforms(config, environment);
  const plan = await compileTransforms(read.transforms, {
    loadModule,
    place: read.file,
    connector: read.type,
    ...(read.type === "source" ? { targets: read.targets } : {}),
    directories: [dirname(read.file), process.cwd()],
  });
  return { plan, schema: schema ?? read.schema };
}

function check(plan: TransformPlan, schema: Schema, one: TransformCase): void {
  const outcomes = [one.expected !== undefined, one.filtered === true, one.error !== undefined];
  assert.equal(outcomes.filter(Boolean).length, 1, "it must say exactly one of expected, filtered and error");
  const { stream = "orders", topic = "created", partition = 0, offset = 0n } = one.metadata ?? {};
  const headers = new Map(Object.entries(one.headers ?? {}).map(([name, value]) => [name, headerOf(value)]));
  const frames = framesOf([bytesOf(one.input)], offset, headers);
  const ref = { stream, topic, partition };
  const { batch, filtered, failed } = createBatchPlan({ schema, transforms: plan }).run(frames, ref);
  if (one.error !== undefined) {
    checkError(failed[0], one.error, filtered > 0);
    return;
  }
  if (failed[0] !== undefined) assert.fail(`it failed: ${failed[0].error.message} (${failed[0].error.code})`);
  assert.equal(filtered > 0, one.filtered === true, filtered > 0 ? "it was filtered" : "it was not filtered");
  if (one.filtered === true) return;
  const messages = [...batch];
  const values = messages.map(({ value }) => withMarks(value, one.varies));
  const expected = withMarks(one.expected, one.varies);
  assert.deepEqual(values, one.several === true ? expected : [expected]);
  if (one.expectedHeaders !== undefined) {
    for (const message of messages) assert.deepEqual(headersOf(message), one.expectedHeaders);
  }
  if (one.expectedTarget !== undefined) checkTarget(plan, schema, one, one.expectedTarget);
}

function checkError(
  failure: MessageFailure<ConnectorError> | undefined,
  expected: string | RegExp,
  filtered: boolean,
): void {
  if (failure === undefined) assert.fail(filtered ? "it was filtered, not failed" : "it did not fail");
  const { code, message } = failure.error;
  if (typeof expected === "string") assert.equal(code, expected);
  else assert.match(message, expected);
}

/** A sink's batch does not say where a source's message goes. */
function checkTarget(plan: TransformPlan, schema: Schema, { input, headers }: TransformCase, target: string): void {
  const message: ProducedMessage = { payload: bytesOf(input), ...(headers === undefined ? {} : { headers }) };
  const { messages } = createProducePlan(plan).transform([message], schema);
  for (const { stream } of messageList(messages)) assert.equal(stream, target);
}

function bytesOf(input: unknown): Uint8Array {
  if (input instanceof Uint8Array) return input;
  return Buffer.from(typeof input === "string" ? input : stringifyJson(input));
}

function headerOf(value: string | number | boolean): HeaderValue {
  if (typeof value === "string") return { kind: "string", value };
  if (typeof value === "boolean") return { kind: "bool", value };
  return Number.isSafeInteger(value) ? { kind: "int64", value: BigInt(value) } : { kind: "float64", value };
}

/** Integers as one writes them, whatever their type is. */
function headersOf({ headers }: Message): Record<string, unknown> {
  const plain = (value: HeaderValue["value"]): unknown =>
    typeof value === "bigint" && BigInt(Number(value)) === value ? Number(value) : value;
  return Object.fromEntries([...headers].map(([name, { value }]) => [name, plain(value)]));
}

/** The value with a mark in the place of what varies. */
function withMarks(value: unknown, varies: readonly string[] = []): unknown {
  if (varies.length === 0 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => withMarks(element, varies));
  const members = Object.entries(value);
  return Object.fromEntries(members.map(([key, member]) => [key, varies.includes(key) ? "(varies)" : member]));
}
