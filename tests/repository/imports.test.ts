import assert from "node:assert/strict";
import { join, sep } from "node:path";
import { test } from "node:test";
import { type Import, importsOf, isTest, packageFolder, SOURCES } from "./imports.ts";

/** Which packages of ours a package may import. The direction of dependencies; docs/architecture.md explains it. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  client: ["protocol"],
  // Of the SDK only the lock of a folder, which the runtime has, too.
  server: ["protocol", "sdk"],
  sdk: ["protocol"],
  codecs: ["protocol", "sdk"],
  transforms: ["protocol", "sdk", "codecs"],
  http: ["sdk"],
  runtime: ["protocol", "client", "sdk", "codecs", "transforms", "http"],
  cli: ["runtime", "server", "client"],
  connector: ["sdk", "http"],
};
/** Of these only tests, and each other, make use; they may import everything. */
const FOR_TESTS: readonly string[] = ["testing", "test-support"];

function ownerOf(file: string): string {
  const [top, name] = file.split(sep);
  return top === "connectors" ? "connector" : (name ?? "");
}

function mayImport(file: string, { specifier }: Import): boolean {
  const name = /^@iggy-connectors\/([^/]+)/.exec(specifier)?.[1];
  if (name === undefined) return true;
  const owner = ownerOf(file);
  if (owner === name || FOR_TESTS.includes(owner) || isTest(file)) return true;
  return ALLOWED[owner]?.includes(name) === true;
}

const written = (file: string, { specifier }: Import): string => `${file} imports ${specifier}`;

test("packages import only what the direction of dependencies allows", () => {
  for (const file of SOURCES) {
    const owner = ownerOf(file);
    assert.ok(owner in ALLOWED || FOR_TESTS.includes(owner), `${file} belongs to no known package`);
  }
  const wrong = SOURCES.flatMap((file) =>
    importsOf(file)
      .filter((found) => !mayImport(file, found))
      .map((found) => written(file, found)),
  );
  assert.deepEqual(wrong, []);
});

test("the SDK takes nothing but types from the protocol", () => {
  const wrong = SOURCES.filter((file) => ownerOf(file) === "sdk" && !isTest(file)).flatMap((file) =>
    importsOf(file)
      .filter(({ specifier, typeOnly }) => specifier.startsWith("@iggy-connectors/") && !typeOnly)
      .map((found) => written(file, found)),
  );
  assert.deepEqual(wrong, []);
});

test("what only our own packages need of the SDK is not imported by connectors", () => {
  const wrong = SOURCES.filter((file) => ownerOf(file) === "connector" && !isTest(file)).flatMap((file) =>
    importsOf(file)
      .filter(({ specifier }) => specifier.endsWith("/internal"))
      .map((found) => written(file, found)),
  );
  assert.deepEqual(wrong, []);
});

test("relative imports stay inside their package", () => {
  const wrong = SOURCES.flatMap((file) =>
    importsOf(file)
      .filter(({ target }) => target !== undefined && !target.startsWith(packageFolder(file) + sep))
      .map((found) => written(file, found)),
  );
  assert.deepEqual(wrong, []);
});

const RUNTIME = join("packages", "runtime", "src") + sep;
/** The URLs of the modules that run as workers: all that the control plane takes of the data plane by value. */
const ENTRIES = join(RUNTIME, "worker", "entries.ts");

/** `control`, `worker` or `shared`; undefined: outside of them. */
const planeOf = (file: string | undefined): string | undefined =>
  file?.startsWith(RUNTIME) === true ? file.slice(RUNTIME.length).split(sep)[0] : undefined;

test("of the runtime's planes, a worker imports nothing of control, control types of worker, and shared neither", () => {
  const wrong: string[] = [];
  for (const file of SOURCES.filter((path) => path.startsWith(RUNTIME) && !isTest(path))) {
    const plane = planeOf(file);
    for (const found of importsOf(file)) {
      const other = planeOf(found.target);
      if (other === undefined || other === plane || other === "shared") continue;
      if (plane === "control" && other === "worker" && (found.typeOnly || found.target === ENTRIES)) continue;
      if (plane === "index.ts") continue;
      wrong.push(written(file, found));
    }
  }
  assert.deepEqual(wrong, []);
});

test("no modules import each other in a circle by value", () => {
  const edges = new Map(
    SOURCES.map((file) => [file, importsOf(file).flatMap((i) => (i.typeOnly ? [] : (i.target ?? [])))] as const),
  );
  assert.deepEqual(cyclesOf(edges), []);
});

/** The first circle that each module closes, by a walk in depth. */
function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    if (done.has(file)) return;
    const start = path.indexOf(file);
    if (start >= 0) {
      cycles.push([...path.slice(start), file].join(" → "));
      return;
    }
    path.push(file);
    for (const target of edges.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of edges.keys()) visit(file);
  return cycles;
}
