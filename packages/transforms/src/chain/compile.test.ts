import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileTransforms } from "./compile.ts";

const site = { key: "site", value: { static: "north" } };

describe("compileTransforms", async () => {
  it("reads the list and the table form in order", async () => {
    const listed = await compileTransforms([
      { type: "add_fields", name: "mark", on_error: "skip", fields: [site] },
      { type: "delete_fields", enabled: false },
      { type: "add_fields" },
      { type: "add_fields" },
    ]);
    assert.deepEqual(
      listed.steps.map(({ name, type, onError }) => [name, type, onError]),
      [
        ["mark", "add_fields", "skip"],
        ["add_fields", "add_fields", undefined],
        ["add_fields_2", "add_fields", undefined],
      ],
    );
    const tables = await compileTransforms({ delete_fields: { enabled: true }, add_fields: { enabled: true } });
    assert.deepEqual(
      tables.steps.map(({ name }) => name),
      ["delete_fields", "add_fields"],
    );
    for (const nothing of [undefined, null, [], {}]) assert.deepEqual((await compileTransforms(nothing)).steps, []);
  });

  it("names the types, and the most similar one, for an unknown type", async () => {
    await assert.rejects(() => compileTransforms([{ type: "add_field" }], { place: "sink.toml" }), {
      name: "FatalError",
      code: "IGC_CONFIG_TRANSFORM_UNKNOWN",
      place: "sink.toml: transforms[0]",
      fix: /did you mean add_fields\? the types are add_fields, delete_fields, update_fields/,
    });
  });

  it("names transform, position and key of a wrong setting", async () => {
    const wrong = (fields: unknown) => () =>
      compileTransforms([{ type: "delete_fields" }, { type: "add_fields", name: "mark", fields }], {
        place: "sink.toml",
      });
    await assert.rejects(wrong([{ key: "x", value: { computed: "uuid_v1" } }]), {
      code: "IGC_CONFIG_TRANSFORM_INVALID",
      place: "sink.toml: transforms[1].fields[0].value",
      message:
        /add_fields \("mark"\)[\s\S]*transforms\[1\]\.fields\[0\]\.value: must be either \{ static[\s\S]*"uuid_v7"/,
    });
    await assert.rejects(wrong([site, { key: 1, value: { static: 1 } }]), {
      place: "sink.toml: transforms[1].fields[1].key",
    });
    await assert.rejects(wrong([{ key: "x", value: { static: Number.NaN } }]), {
      place: "sink.toml: transforms[1].fields[0].value",
    });
    await assert.rejects(wrong([{ key: "x", value: {} }]), { place: "sink.toml: transforms[1].fields[0].value" });
  });

  it("names an invalid common key", async () => {
    const cases: readonly (readonly [unknown, string])[] = [
      ["add_fields", "transforms"],
      [[1], "transforms[0]"],
      [[{}], "transforms[0].type"],
      [[{ type: "add_fields", enabled: "yes" }], "transforms[0].enabled"],
      [{ add_fields: {} }, "transforms.add_fields.enabled"],
      [{ add_fields: 1 }, "transforms.add_fields"],
      [[{ type: "add_fields", on_error: "explode" }], "transforms[0].on_error"],
      [[{ type: "add_fields", name: "" }], "transforms[0].name"],
      [
        [
          { type: "add_fields", name: "a" },
          { type: "add_fields", name: "a" },
        ],
        "transforms[1].name",
      ],
      [[{ type: "add_fields", when: "payload." }], "transforms[0].when"],
      [[{ type: "add_fields", when: 1 }], "transforms[0].when"],
    ];
    for (const [config, place] of cases) {
      await assert.rejects(() => compileTransforms(config), { code: "IGC_CONFIG_TRANSFORM_INVALID", place }, place);
    }
  });

  it("warns about unknown keys", async () => {
    const plan = await compileTransforms([{ type: "add_fields", feilds: [site] }]);
    assert.deepEqual(plan.warnings, [
      { key: "transforms[0].feilds", message: "unknown key of transform add_fields: did you mean fields?" },
    ]);
  });
});
