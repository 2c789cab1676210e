import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseIsolation } from "./choose-isolation.ts";

const spec = {
  file: "/c/orders.toml",
  workingDirectory: "/w",
  sinkStreams: [],
  sourceStreams: [],
  transforms: [{ type: "add_fields", fields: [] }],
};

test("what is ours and runs no code of the user shares a worker", () => {
  assert.equal(chooseIsolation("auto", true, spec).isolation, "shared");
});

test("code of the user has a thread of its own, and the reason names it", () => {
  const plugin = chooseIsolation("auto", false, spec);
  assert.deepEqual(plugin, { isolation: "thread", reason: "its plugin does not ship with the runtime" });
  const script = chooseIsolation("auto", true, {
    ...spec,
    transforms: [...spec.transforms, { type: "script", path: "mask.ts" }],
  });
  assert.equal(script.isolation, "thread");
  assert.match(script.reason, /mask\.ts/);
});

test("a script in the original's table of transforms is found, too", () => {
  const table = { script: { enabled: true, path: "/c/mask.ts" } };
  assert.equal(chooseIsolation("auto", true, { ...spec, transforms: table }).isolation, "thread");
});

test("what is configured is done", () => {
  for (const isolation of ["thread", "shared", "process"] as const) {
    assert.deepEqual(chooseIsolation(isolation, false, spec), { isolation, reason: "as configured" });
  }
});
