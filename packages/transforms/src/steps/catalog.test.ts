import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { TransformDefinition } from "../definition/transform.ts";
import { TRANSFORMS } from "./all.ts";
import { CATALOG } from "./catalog.ts";

const run = promisify(execFile);
const STEPS = fileURLToPath(new URL(".", import.meta.url));
const INDEX = new URL("../index.ts", import.meta.url).href;

/** The files of steps: everything in a folder of a group but tests. */
const FILES = globSync("*/*.ts", { cwd: STEPS }).filter((path) => !path.endsWith(".test.ts"));

const isDefinition = (exported: unknown): exported is TransformDefinition =>
  typeof exported === "object" && exported !== null && "type" in exported && "settings" in exported;

/** The files of steps that a process has loaded after it compiled a chain. */
async function loadedBy(chain: unknown): Promise<string[]> {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    const { compileTransforms } = await import(${JSON.stringify(INDEX)});
    await compileTransforms(${JSON.stringify(chain)});
    console.log(JSON.stringify(loaded));`;
  const flags = ["--conditions=iggy-source", "--disable-warning=ExperimentalWarning", "--input-type=module"];
  const { stdout } = await run(process.execPath, [...flags, "--eval", script]);
  const steps = pathToFileURL(STEPS).href;
  return (JSON.parse(stdout) as string[])
    .filter((url) => url.startsWith(steps))
    .map((url) => url.slice(steps.length))
    .sort();
}

describe("the catalog", () => {
  it("has the one transform of every file, under its type and in the group of its folder", async () => {
    const found = await Promise.all(
      FILES.map(async (path) => {
        const module = (await import(pathToFileURL(join(STEPS, path)).href)) as Record<string, unknown>;
        const definitions = Object.values(module).filter(isDefinition);
        assert.equal(definitions.length, 1, path);
        const { type } = definitions[0]!;
        assert.equal(basename(path, ".ts"), type.replaceAll("_", "-"), path);
        assert.equal(TRANSFORMS.get(type), definitions[0], path);
        return `${dirname(path)} ${type}`;
      }),
    );
    assert.deepEqual([...CATALOG].map(([type, { group }]) => `${group} ${type}`).sort(), found.sort());
  });

  it("loads only the files of the steps that a chain has", async () => {
    assert.deepEqual(await loadedBy([]), ["catalog.ts"]);
    const chain = [{ type: "delete_fields" }, { type: "filter", enabled: false }];
    const loaded = await loadedBy(chain);
    assert.deepEqual(loaded, ["catalog.ts", "fields/delete-fields.ts", "messages/filter.ts"]);
  });
});
