import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

const RUNTIME = new URL("../index.ts", import.meta.url).href;

/** Imports the runtime, and prints the modules of the protocol and the client that were loaded for it. */
const SCRIPT = `
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({
    load(url, context, next) {
      const path = /packages\\/((?:protocol|client)\\/src\\/[^/?]+)/.exec(url)?.[1];
      if (path !== undefined) loaded.push(path);
      return next(url, context);
    },
  });
  await import(${JSON.stringify(RUNTIME)});
  console.log(JSON.stringify([...new Set(loaded)]));`;

test("the control plane starts without the wire commands and without the client", async () => {
  const flags = ["--conditions=iggy-source", "--disable-warning=ExperimentalWarning", "--input-type=module"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--eval", SCRIPT]);
  const loaded = JSON.parse(stdout) as string[];
  assert.ok(loaded.length > 0, "headers and back-off are loaded");
  const allowed =
    /^(?:protocol\/src\/(?:headers|primitives|errors\.ts|error-codes\.ts|values)|client\/src\/concurrency)/;
  assert.deepEqual(
    loaded.filter((path) => !allowed.test(path)),
    [],
  );
});
