import assert from "node:assert/strict";
import { test } from "node:test";
import { validDefinition } from "../../../../test/valid-definition.ts";
import { type RuntimeConfig, runtimeFileSchema } from "../runtime-file/schema.ts";
import { sinkFileSchema, sourceFileSchema } from "./schema.ts";
import { toTaskSpecs } from "./task-specs.ts";

const runtime: RuntimeConfig = runtimeFileSchema.parse({
  iggy: { address: "h:1", username: "u", password: "p" },
  state: { path: "state", interval: "2s" },
});
const context = {
  runtime,
  plugin: { path: "stdout", url: "file:///x.ts" },
  workingDirectory: "/srv",
  logLevel: "info",
} as const;

const common = { key: "k", enabled: true, version: 0, name: "K", path: "stdout" };
const sink = (more: object = {}) =>
  validDefinition(
    sinkFileSchema.parse({
      type: "sink",
      ...common,
      streams: [{ stream: "s", topics: ["t"], schema: "json" }],
      ...more,
    }),
  );
const source = (more: object = {}) =>
  validDefinition(
    sourceFileSchema.parse({
      type: "source",
      ...common,
      streams: [{ stream: "s", topic: "t", schema: "json" }],
      ...more,
    }),
  );

test("a task gets everything it needs, and can be sent to a worker", () => {
  const [spec, ...others] = toTaskSpecs(sink({ plugin_config: { a: 1 }, initial_offset: "7" }), context);
  assert.deepEqual(others, []);
  assert.deepEqual(structuredClone(spec), {
    type: "sink",
    key: "k",
    name: "K",
    task: 0,
    tasks: 1,
    plugin: { path: "stdout", url: "file:///x.ts" },
    pluginConfig: { a: 1 },
    environmentText: [],
    strict: false,
    file: "x.toml",
    workingDirectory: "/srv",
    iggy: { address: "h:1", username: "u", password: "p" },
    sinkStreams: [
      {
        stream: "s",
        topics: ["t"],
        topicsPattern: undefined,
        topicsRefresh: 30_000,
        schema: "json",
        batchLength: 1000,
        pollInterval: 5,
        maxPollInterval: 250,
        consumerGroup: "iggy-connect-sink-k",
        create: false,
        partitions: 1,
        validate: true,
        codec: {},
      },
    ],
    sourceStreams: [],
    transforms: undefined,
    verbose: false,
    benchmark: false,
    logLevel: "info",
    onError: "dead_letter",
    deadLetter: {
      stream: "iggy_connectors",
      topic: "dead_letter_sink_k",
      create: true,
      retention: 30 * 86_400_000,
      maxSize: 1024 ** 3,
      maxPayload: 0,
    },
    retry: {
      initialBackoff: 100,
      maxBackoff: 30_000,
      backoffMultiplier: 2,
      jitter: 0.2,
      maxAttempts: 0,
      maxElapsed: 0,
    },
    consumeTimeout: 0,
    startTimeout: 30_000,
    stopTimeout: 10_000,
    hangTimeout: 30_000,
    bufferBytes: 32 * 1024 ** 2,
    maxInFlight: 1,
    maxInFlightPartitions: 1,
    flush: { interval: 10_000, bytes: 16 * 1024 ** 2, messages: 0 },
    initialOffset: { kind: "offset", offset: 7n },
    checkpoint: undefined,
  });
});

test("each task of a source has its own checkpoint, the first one that of the original", () => {
  const paths = toTaskSpecs(source({ tasks: 2 }), context).map(({ checkpoint }) => checkpoint?.path);
  assert.deepEqual(paths, ["/srv/state/source_k.state", "/srv/state/source_k.task1.state"]);
});

test("each task knows its number", () => {
  const specs = toTaskSpecs(sink({ tasks: 3 }), context);
  assert.deepEqual(
    specs.map(({ task, tasks }) => [task, tasks]),
    [
      [0, 3],
      [1, 3],
      [2, 3],
    ],
  );
});

test("a source has its checkpoint in the state folder", () => {
  const [spec] = toTaskSpecs(source(), context);
  assert.deepEqual(spec?.checkpoint, { path: "/srv/state/source_k.state", interval: 2000 });
  assert.deepEqual(spec?.pluginConfig, {});
  assert.equal(spec?.sourceStreams[0]?.partitionBy, "balanced");
});

test("a key may name a folder inside the state folder, never one outside", () => {
  const [spec] = toTaskSpecs(source({ key: "a/b" }), context);
  assert.equal(spec?.checkpoint?.path, "/srv/state/source_a/b.state");
  assert.throws(() => toTaskSpecs(source({ key: "/../../../etc/x" }), context), { code: "IGC_CONFIG_INVALID" });
});

test("a connector's dead-letter keys win over the runtime's", () => {
  const [spec] = toTaskSpecs(sink({ dead_letter: { topic: "dl_{type}", max_payload: "1KiB" }, log_level: "debug" }), {
    ...context,
  });
  assert.equal(spec?.deadLetter.topic, "dl_sink");
  assert.equal(spec?.deadLetter.maxPayload, 1024);
  assert.equal(spec?.deadLetter.stream, "iggy_connectors");
  assert.equal(spec?.logLevel, "debug");
});
