import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { byteSize } from "../config/byte-size.ts";
import { duration } from "../config/duration.ts";
import { secret } from "../config/secret.ts";
import { classifyError } from "./classify.ts";
import { defineSink, defineSource } from "./define.ts";
import {
  CommittedOffsetMovedError,
  ConnectorError,
  FatalError,
  isFatal,
  isRejected,
  isRetryable,
  RejectedError,
  RetryableError,
  UnclassifiedError,
} from "./errors.ts";
import type { InferConfig } from "./schema.ts";
import type { Sink } from "./sink.ts";
import type { Source } from "./source.ts";

/** Fails to compile unless both types are the same. */
type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
const holds = <Condition extends true>(condition: Condition): boolean => condition;

const config = z.object({
  url: z.string(),
  interval: duration().prefault("1s"),
  limit: byteSize().optional(),
  token: secret().optional(),
});
interface Expected {
  url: string;
  interval: number;
  limit?: number | undefined;
  token?: string | undefined;
}

describe("definitions", () => {
  it("give create the type of the validated configuration", () => {
    let seen: InferConfig<typeof config> | undefined;
    const sink = defineSink({
      name: "probe",
      version: "1.0.0",
      description: "for this test",
      schemas: ["json"],
      delivery: "at-least-once",
      config,
      create(settings, { key }): Sink {
        assert.ok(holds<Same<typeof settings, Expected>>(true));
        seen = { ...settings, url: `${settings.url}#${key}` };
        return { consume: async () => {} };
      },
    });
    const parsed = config.parse({ url: "u" });
    sink.create(parsed, { key: "k" } as Parameters<typeof sink.create>[1]);
    assert.deepEqual(seen, { url: "u#k", interval: 1000 });
    assert.equal(sink.type, "sink");
  });

  it("carry a source's state and value", () => {
    const source = defineSource({
      name: "probe",
      version: "1.0.0",
      description: "for this test",
      schemas: ["json"],
      delivery: "at-least-once",
      config,
      create: (): Source<{ next: number }, { n: number }> => ({
        poll: async ({ checkpoint }) => ({
          messages: [{ payload: { n: 1 } }],
          checkpoint: { next: (checkpoint?.next ?? 0) + 1 },
        }),
      }),
    });
    type Created = ReturnType<typeof source.create>;
    assert.ok(holds<Same<Created, Source<{ next: number }, { n: number }>>>(true));
    assert.equal(source.type, "source");
  });
});

describe("errors", () => {
  it("are recognized by their brand, even from another copy of the SDK", () => {
    const foreign = Object.assign(new Error("busy"), {
      code: "IGC_SINK_BUSY",
      retryAfter: 5,
      [Symbol.for("@iggy-connectors/sdk.error")]: "retryable",
    });
    assert.ok(foreign instanceof RetryableError && foreign instanceof ConnectorError);
    assert.ok(!(foreign instanceof FatalError));
    assert.deepEqual(classifyError(foreign), {
      kind: "retryable",
      code: "IGC_SINK_BUSY",
      message: "busy",
      retryAfter: 5,
    });
  });

  it("of a plugin's own subclasses keep their kind and can be distinguished", () => {
    class Throttled extends RetryableError {}
    class Other extends RetryableError {}
    const error = new Throttled("slow down");
    assert.ok(error instanceof Throttled && error instanceof RetryableError && error instanceof ConnectorError);
    assert.ok(!(error instanceof Other));
    assert.ok(!(new RetryableError("x") instanceof Throttled));
    assert.equal(classifyError(error).kind, "retryable");
  });

  it("are classified, whatever was thrown", () => {
    assert.deepEqual(classifyError(new RetryableError("a")), {
      kind: "retryable",
      code: "IGC_SINK_RETRYABLE",
      message: "a",
    });
    assert.deepEqual(classifyError(new RejectedError("b")), {
      kind: "rejected",
      code: "IGC_SINK_REJECTED",
      message: "b",
    });
    assert.deepEqual(classifyError(new FatalError("c", { code: "IGC_CONFIG_X" })), {
      kind: "fatal",
      code: "IGC_CONFIG_X",
      message: "c",
    });
    assert.deepEqual(classifyError(new UnclassifiedError("u")), {
      kind: "unclassified",
      code: "IGC_SINK_UNCLASSIFIED",
      message: "u",
    });
    assert.deepEqual(classifyError(new CommittedOffsetMovedError("m")), {
      kind: "moved",
      code: "IGC_SINK_OFFSET_MOVED",
      message: "m",
    });
    assert.deepEqual(classifyError(new ConnectorError("d", { code: "IGC_STATE_X" })), {
      kind: "bug",
      code: "IGC_STATE_X",
      message: "d",
    });
    const unprintable = Object.create(null) as unknown;
    for (const [thrown, message] of [
      [new TypeError("e"), "e"],
      [new TypeError(), "TypeError"],
      ["text", "text"],
      [undefined, "undefined"],
      [unprintable, "a value without a message was thrown"],
    ] as const) {
      assert.deepEqual(classifyError(thrown), { kind: "bug", code: "IGC_PLUGIN_BUG", message });
    }
    assert.deepEqual(
      [isRetryable, isRejected, isFatal].map((is) => is(new FatalError("x"))),
      [false, false, true],
    );
  });
});
