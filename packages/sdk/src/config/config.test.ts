import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { byteSize, parseByteSize } from "./byte-size.ts";
import { duration, formatDuration, parseDuration } from "./duration.ts";
import { describeIssues, parseConfig } from "./issues.ts";
import { maskSecrets, SECRET_MASK } from "./mask-secrets.ts";
import { secret } from "./secret.ts";
import { suggest } from "./suggest.ts";

describe("durations", () => {
  it("reads the original's grammar", () => {
    const cases: Record<string, number> = {
      "0": 0,
      unlimited: 0,
      Disabled: 0,
      none: 0,
      "5ms": 5,
      "1 s": 1000,
      "1.5s": 1500,
      "1h 30m": 5_400_000,
      "1h30m": 5_400_000,
      " 2 DAYS ": 172_800_000,
      "500us": 0.5,
      "500µs": 0.5,
      "1000ns": 0.001,
      "1month": 2_630_016_000,
      "1y": 31_557_600_000,
      "1w": 604_800_000,
    };
    for (const [text, milliseconds] of Object.entries(cases)) assert.equal(parseDuration(text), milliseconds, text);
  });

  it("refuses everything else, and names the expected form", () => {
    for (const text of ["", "5", "-1s", "1 parsec", "s", "1s,2s", "1s 5", "1..5s", "9".repeat(400).concat("y")]) {
      assert.throws(() => parseDuration(text), { code: "IGC_CONFIG_DURATION", fix: /"30s"/ }, text);
    }
  });

  it("formats what it parses to an equal duration", () => {
    assert.equal(formatDuration(0), "0s");
    assert.equal(formatDuration(90_000), "1m 30s");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (milliseconds) => {
        assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds);
      }),
    );
  });
});

describe("byte sizes", () => {
  it("reads numbers and units", () => {
    const cases: readonly (readonly [string | number, number])[] = [
      ["1048576", 1_048_576],
      [1_048_576, 1_048_576],
      ["16MiB", 16_777_216],
      ["1 GB", 1_000_000_000],
      ["1.5kib", 1536],
      ["64K", 64_000],
      ["7b", 7],
      ["0", 0],
      ["unlimited", 0],
    ];
    for (const [size, bytes] of cases) assert.equal(parseByteSize(size), bytes, String(size));
  });

  it("refuses everything else", () => {
    for (const size of ["", "MiB", "-1", "1 XB", "1e3", -1, 1.5, Number.NaN, "99999999999PiB"]) {
      assert.throws(() => parseByteSize(size), { code: "IGC_CONFIG_BYTE_SIZE" }, String(size));
    }
  });
});

const schema = z.object({
  url: z.string(),
  interval: duration().prefault("1s").describe("How often"),
  limit: byteSize().prefault("16MiB"),
  token: secret().optional(),
  auth: z.object({ user: z.string(), password: secret() }).optional(),
  headers: z.record(z.string(), secret()).optional(),
  keys: z.array(z.union([z.string(), z.object({ private: secret() })])).optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

describe("configuration helpers in a schema", () => {
  it("accept strings and give numbers to create", async () => {
    assert.deepEqual(await parseConfig(schema, { url: "u", interval: "2m", limit: 5 }), {
      url: "u",
      interval: 120_000,
      limit: 5,
    });
    assert.deepEqual(await parseConfig(schema, { url: "u", interval: 0 }), {
      url: "u",
      interval: 0,
      limit: 16_777_216,
    });
  });

  it("name the invalid key and the expected form", async () => {
    await assert.rejects(parseConfig(schema, { url: "u", interval: "soon", limit: "much" }, "sink.toml"), {
      code: "IGC_CONFIG_INVALID",
      place: "sink.toml",
      message: /interval: "soon" is not a duration: write [\s\S]*limit: "much" is not a size: write /,
    });
    await assert.rejects(parseConfig(schema, { url: "u", interval: 5 }), { message: /interval: must be a duration/ });
  });

  it("can be shown as JSON Schema, with marks and defaults", () => {
    const { properties } = schema["~standard"].jsonSchema.input({ target: "draft-2020-12" }) as {
      properties: Record<string, Record<string, unknown>>;
    };
    assert.equal(properties.interval?.unit, "duration");
    assert.equal(properties.interval?.default, "1s");
    assert.equal(properties.interval?.description, "How often");
    assert.equal(properties.limit?.unit, "bytes");
    assert.equal(properties.token?.secret, true);
  });
});

describe("describeIssues", () => {
  it("formats the paths of keys", () => {
    const issues = [
      { message: "a", path: ["fields", 0, "value"] },
      { message: "b", path: [{ key: "x" }, { key: 2 }] },
      { message: "c" },
    ];
    assert.deepEqual(describeIssues(issues), [
      { key: "fields[0].value", message: "a" },
      { key: "x[2]", message: "b" },
      { key: "", message: "c" },
    ]);
  });
});

describe("maskSecrets", () => {
  it("masks marked fields wherever they are, and keys that the schema does not know", () => {
    const config = {
      url: "http://x",
      token: "t0p",
      auth: { user: "me", password: "t0p", pasword: "t0p" },
      headers: { Authorization: "t0p" },
      keys: ["plain", { private: "t0p" }],
      labels: { team: "a" },
      tokn: "t0p",
    };
    const shown = maskSecrets(schema, config);
    assert.deepEqual(shown, {
      url: "http://x",
      token: SECRET_MASK,
      auth: { user: "me", password: SECRET_MASK, pasword: SECRET_MASK },
      headers: { Authorization: SECRET_MASK },
      keys: ["plain", { private: SECRET_MASK }],
      labels: { team: "a" },
      tokn: SECRET_MASK,
    });
    assert.equal(config.token, "t0p");
  });

  it("follows recursive schemas and leaves absent values absent", () => {
    const node: z.ZodType = z.object({ key: secret().nullable(), next: z.lazy(() => node).optional() });
    assert.deepEqual(maskSecrets(node, { key: null, next: { key: "t0p", next: { key: "t0p" } } }), {
      key: null,
      next: { key: SECRET_MASK, next: { key: SECRET_MASK } },
    });
  });
});

describe("suggest", () => {
  it("finds the most similar word", () => {
    const known = ["add_fields", "delete_fields", "filter_fields"];
    assert.equal(suggest("add_field", known), "add_fields");
    assert.equal(suggest("AddFields", known), "add_fields");
    assert.equal(suggest("flter_fields", known), "filter_fields");
    assert.equal(suggest("quickwit", known), undefined);
  });
});
