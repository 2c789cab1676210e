import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SECRET_MASK } from "@iggy-connectors/sdk/internal";
import { Ajv2020 } from "ajv/dist/2020.js";
import { TRANSFORMS } from "../steps/all.ts";
import { transformJsonSchema, transformsJsonSchema } from "./json-schema.ts";
import { SETTINGS } from "./known-keys.ts";
import { maskTransforms, SECRET_SETTINGS } from "./mask-transforms.ts";
import { scriptPaths } from "./script-paths.ts";

describe("a connector's transforms", () => {
  it("have a JSON Schema, for the list and for the table", () => {
    const valid = new Ajv2020({ strict: false }).compile(transformsJsonSchema());
    for (const [type, { examples }] of TRANSFORMS) {
      for (const { settings, common = {} } of examples) {
        assert.ok(valid([{ type, name: "a", ...common, ...settings }]), type);
        assert.ok(valid({ [type]: { enabled: true, ...common, ...settings } }), type);
        assert.ok(!valid([{ type, ...settings, nonsense: 1 }]), type);
        assert.ok(!valid({ [type]: { enabled: true, ...settings, nonsense: 1 } }), type);
      }
    }
    assert.ok(valid({ filter: { enabled: false, nonsense: 1 } }));
    assert.ok(!valid([{ type: "filtre", condition: "true" }]));
    assert.ok(!valid([{ type: "filter" }]));
  });

  it("are shown without their secrets", () => {
    for (const type of TRANSFORMS.keys()) {
      const { properties = {} } = transformJsonSchema(type) as { properties?: Record<string, { secret?: boolean }> };
      const marked = Object.keys(properties).filter((key) => properties[key]?.secret === true);
      assert.deepEqual(marked, SECRET_SETTINGS.get(type) ?? [], type);
      assert.deepEqual([...(SETTINGS.get(type) ?? [])].sort(), Object.keys(properties).sort(), type);
    }
    assert.deepEqual([...SETTINGS.keys()].sort(), [...TRANSFORMS.keys()].sort());
    const step = { fields: ["a"], key: "hidden" };
    const masked = { fields: ["a"], key: SECRET_MASK };
    assert.deepEqual(maskTransforms([{ type: "hash_fields", ...step }]), [{ type: "hash_fields", ...masked }]);
    assert.deepEqual(maskTransforms({ hash_fields: step, other: 1 }), { hash_fields: masked, other: 1 });
    assert.equal(maskTransforms(undefined), undefined);
    const common = { enabled: true, name: "n", when: "true", on_error: "skip" };
    const misspelt = { keey: "hidden", nested: { password: "hidden" } };
    const shown = { ...common, keey: SECRET_MASK, nested: SECRET_MASK };
    assert.deepEqual(maskTransforms([{ type: "hash_fields", ...common, ...misspelt }]), [
      { type: "hash_fields", ...shown },
    ]);
    assert.deepEqual(maskTransforms({ flatten: { ...common, ...misspelt } }), { flatten: shown });
    assert.deepEqual(maskTransforms([{ type: "hash_feilds", key: "hidden" }]), [
      { type: "hash_feilds", key: SECRET_MASK },
    ]);
  });

  it("name the scripts that they call", () => {
    const chain = [
      { type: "script", path: "./a.ts" },
      { type: "script", enabled: false, path: "./b.ts" },
      { type: "script", path: "./a.ts" },
    ];
    assert.deepEqual(scriptPaths(chain, ["/folder"]), ["/folder/a.ts"]);
    assert.deepEqual(scriptPaths({ script: { enabled: true, path: "/c.ts" } }, ["/folder"]), ["/c.ts"]);
    assert.deepEqual(scriptPaths("nonsense", []), []);
  });
});
