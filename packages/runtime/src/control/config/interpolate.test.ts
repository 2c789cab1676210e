// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders in plain strings are what is tested
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "@iggy-connectors/testing";
import { z } from "zod";
import { type InterpolationProblem, interpolate } from "./interpolate.ts";
import { schemaTree } from "./schema/zod-tree.ts";

const tree = schemaTree(
  z.object({ text: z.string(), port: z.number(), on: z.boolean(), list: z.array(z.number()), free: z.unknown() }),
);

function run(value: unknown, environment: NodeJS.ProcessEnv, workingDirectory = "/") {
  const problems: InterpolationProblem[] = [];
  const secrets: string[] = [];
  const context = { environment, workingDirectory, secret: (secret: string) => secrets.push(secret) };
  return { value: interpolate(value, tree, context, problems), problems, secrets };
}

test("variables are replaced in any text, with defaults and an escape", () => {
  const { value, problems } = run(
    { text: "a ${X} ${Y:why} $${X} ${not a name} ${Z:}!", free: [{ deep: "${X}${X}" }], port: 1 },
    { X: "1" },
  );
  assert.deepEqual(value, { text: "a 1 why ${X} ${not a name} !", free: [{ deep: "11" }], port: 1 });
  assert.deepEqual(problems, []);
});

test("a replaced text is converted to the type of the schema, and stays text where that is text", () => {
  const { value } = run(
    { text: "${N}", port: "${N}", on: "${B}", list: ["${N}"], free: "${N}" },
    { N: "8081", B: "TRUE" },
  );
  assert.deepEqual(value, { text: "8081", port: 8081, on: true, list: [8081], free: "8081" });
});

test("an unset variable is reported with its path", () => {
  const { problems } = run({ free: { x: ["${MISSING}"] } }, { MISSING: "" });
  assert.equal(problems.length, 1);
  assert.deepEqual(problems[0]?.path, ["free", "x", 0]);
  assert.match(problems[0]?.message ?? "", /MISSING is not set/);
});

test("a file's content is inserted without its final line break, and counts as a secret", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "secret"), "s3cret\n");
  const { value, problems, secrets } = run({ text: "x ${file:secret} ${file:gone}" }, {}, folder.path);
  assert.deepEqual(value, { text: "x s3cret ${file:gone}" });
  assert.deepEqual(secrets, ["s3cret"]);
  assert.match(problems[0]?.message ?? "", /gone cannot be read: it does not exist/);
});

test("the value of a variable is not interpolated again", () => {
  assert.deepEqual(run({ text: "${A}" }, { A: "${B}", B: "no" }).value, { text: "${B}" });
});
