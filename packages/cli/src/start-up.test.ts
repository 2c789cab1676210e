import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Killable } from "@iggy-connectors/testing";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

/** Writes every package that is imported to standard output. */
const HOOK = `import { registerHooks } from "node:module";
registerHooks({ resolve(specifier, context, next) {
  if (/^[a-z@]/.test(specifier) && !/^(node|file|data):/.test(specifier)) process.stdout.write("imported " + specifier + "\\n");
  return next(specifier, context);
} });`;

test("the command starts without the runtime, the server and an HTTP client, with one small module of the runtime", async () => {
  await using child = new Killable(MAIN, {
    arguments: ["help"],
    environment: {
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --import data:text/javascript,${encodeURIComponent(HOOK)}`,
    },
  });
  assert.equal(await child.exited, 0, child.output);
  const imported = new Set([...child.output.matchAll(/^imported (.+)$/gm)].map(([, specifier]) => specifier));
  assert.deepEqual(imported, new Set(["commander", "@iggy-connectors/runtime/printable"]));
});
