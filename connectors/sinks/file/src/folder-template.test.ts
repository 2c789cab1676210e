import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { partitionFolder, unknownPlaceholder } from "./folder-template.ts";

const ref = (stream: string, topic = "t", partition = 3) => ({ stream, topic, partition });

test("placeholders are filled, a missing partition is added", () => {
  assert.equal(partitionFolder("out/{stream}/{topic}/{partition}", "/w", ref("s")), resolve("/w/out/s/t/3"));
  assert.equal(partitionFolder("/out/{stream}-{partition}", "/w", ref("s")), resolve("/out/s-3"));
  assert.equal(partitionFolder("out", "/w", ref("s")), resolve("/w/out/3"));
});

test("a placeholder that means nothing is found", () => {
  assert.equal(unknownPlaceholder("out/{stream}/{date}"), "{date}");
  assert.equal(unknownPlaceholder("out/{}"), "{}");
  assert.equal(unknownPlaceholder("out/{topic}"), undefined);
});

test("no name leads out of the folder, and two names never give one folder", () => {
  const name = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom("..", ".", "../..", "/etc", "a/b", "a%2Fb", "%2E"),
  );
  fc.assert(
    fc.property(name, name, (one, other) => {
      const folder = partitionFolder("out/{stream}/{partition}", "/w", ref(one));
      assert.ok(folder.startsWith(join(resolve("/w/out"), "/")), folder);
      assert.equal(folder.split("/").length, resolve("/w/out").split("/").length + 2);
      if (one !== other) assert.notEqual(folder, partitionFolder("out/{stream}/{partition}", "/w", ref(other)));
    }),
  );
});
