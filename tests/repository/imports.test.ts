import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Which packages of ours a package may import (its tests may also import `testing`). The house rule of the design. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  client: ["protocol"],
  server: ["protocol"],
  sdk: ["protocol"],
  http: ["sdk"],
  runtime: ["protocol", "client", "sdk", "http"],
  testing: ["protocol", "client", "server", "sdk", "http", "runtime"],
  cli: ["runtime", "server", "client"],
  connector: ["sdk", "http"],
};

const sources = globSync(["packages/*/src/**/*.ts", "connectors/*/*/src/**/*.ts"], { cwd: root });

function packageOf(file: string): string {
  const parts = file.split(sep);
  return parts[0] === "connectors" ? "connector" : (parts[1] ?? "");
}

function* importsOf(file: string): Generator<{ specifier: string; typeOnly: boolean }> {
  const text = readFileSync(join(root, file), "utf8");
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^;]*?\sfrom\s+"([^"]+)"/gm)) {
    yield { specifier: match[2] ?? "", typeOnly: match[1] !== undefined };
  }
  for (const match of text.matchAll(/(?:^\s*import\s+|\bimport\()"([^"]+)"/gm))
    yield { specifier: match[1] ?? "", typeOnly: false };
}

const isTest = (file: string): boolean => /\.test\.ts$|[/\\](testing|test-support)[/\\]/.test(file);

test("packages import only what the direction of dependencies allows", () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const owner = packageOf(file);
    const allowed = ALLOWED[owner];
    assert.ok(allowed !== undefined, `${file} belongs to no known package`);
    for (const { specifier } of importsOf(file)) {
      const name = /^@iggy-connectors\/([^/]+)/.exec(specifier)?.[1];
      if (name === undefined || name === owner || allowed.includes(name)) continue;
      if (owner === "connector" && /^(sink|source)-/.test(name) && file.includes(name.replace(/^(sink|source)-/, "")))
        continue;
      if (isTest(file) && (name === "testing" || name === "server" || name === "protocol" || name === "client"))
        continue;
      wrong.push(`${file} imports ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("the SDK takes nothing but types from the protocol", () => {
  const wrong = sources
    .filter((file) => packageOf(file) === "sdk" && !isTest(file))
    .flatMap((file) =>
      [...importsOf(file)]
        .filter((i) => i.specifier.startsWith("@iggy-connectors/") && !i.typeOnly)
        .map((i) => `${file}: ${i.specifier}`),
    );
  assert.deepEqual(wrong, []);
});

test("relative imports stay inside their package", () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const home = file
      .split(sep)
      .slice(0, file.startsWith("connectors") ? 3 : 2)
      .join(sep);
    for (const { specifier } of importsOf(file)) {
      if (!specifier.startsWith(".")) continue;
      const target = relative(root, join(root, dirname(file), specifier));
      if (!target.startsWith(home + sep)) wrong.push(`${file} imports ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
});
