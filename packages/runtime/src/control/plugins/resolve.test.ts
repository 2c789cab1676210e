import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "@iggy-connectors/testing";
import { type ResolveOptions, resolvePlugin } from "./resolve.ts";

/** A folder laid out as `files` says; resolving answers with the path below it, or with the problem's text. */
async function inFolder(
  files: readonly string[],
  check: (resolve: (path: string, type?: ResolveOptions["type"]) => string, folder: string) => void,
): Promise<void> {
  await using folder = await temporaryFolder();
  for (const file of files) {
    const [name, content] = file.split("=", 2) as [string, string | undefined];
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), content ?? "export default {};");
  }
  check((path, type = "sink") => {
    const resolved = resolvePlugin({
      type,
      path,
      configDirectory: join(folder.path, "conf"),
      workingDirectory: join(folder.path, "cwd"),
      runtimeModules: [join(folder.path, "runtime", "main.js")],
    });
    if ("problem" in resolved) return `${resolved.problem.message}; ${resolved.problem.fix}`;
    return fileURLToPath(resolved.url).replace(`${folder.path}/`, "");
  }, folder.path);
}

const packaged = (folder: string, name: string): string[] => [
  `${folder}/node_modules/${name}/package.json={"name":"${name}","exports":{".":{"types":"./x.d.ts","default":"./main.js"}}}`,
  `${folder}/node_modules/${name}/main.js`,
];

test("the original's library paths refer to our connectors, in any folder and with any ending", async () => {
  await inFolder(packaged("runtime", "@iggy-connectors/sink-http-client"), (resolve) => {
    for (const path of [
      "target/release/libiggy_connector_http_client_sink",
      "/usr/local/lib/libiggy_connector_http_client_sink.so",
      "libiggy_connector_http_client_sink.dylib",
      "iggy_connector_http_client_sink.dll",
      "C:\\plugins\\libiggy_connector_http_client_sink",
    ]) {
      assert.equal(resolve(path), "runtime/node_modules/@iggy-connectors/sink-http-client/main.js", path);
    }
  });
});

test("a bare name is a file in the configuration's folder, then our connector, then a package of the community", async () => {
  const ours = packaged("runtime", "@iggy-connectors/sink-x");
  const theirs = packaged("conf", "iggy-connector-sink-x");
  const local = ["conf/x.ts", "conf/x.js", "conf/x/package.json={}", "conf/x/index.js"];
  const expectations: [string[], string][] = [
    [[...local, ...ours, ...theirs], "conf/x.ts"],
    [[...local.slice(1), ...ours, ...theirs], "conf/x.js"],
    [[...local.slice(2), ...ours, ...theirs], "conf/x/index.js"],
    [[...ours, ...theirs], "runtime/node_modules/@iggy-connectors/sink-x/main.js"],
    [theirs, "conf/node_modules/iggy-connector-sink-x/main.js"],
    [packaged("conf", "x"), "conf/node_modules/x/main.js"],
  ];
  for (const [files, expected] of expectations)
    await inFolder(files, (resolve) => assert.equal(resolve("x"), expected));
});

test("a package is found from the config folder before the runtime, scoped ones too", async () => {
  const files = [...packaged("conf", "@me/my-sink"), ...packaged("runtime", "@me/my-sink")];
  await inFolder(files, (resolve) => assert.equal(resolve("@me/my-sink"), "conf/node_modules/@me/my-sink/main.js"));
});

test("a path is relative to the config folder, then to the working directory, or absolute", async () => {
  await inFolder(["conf/a/one.ts", "cwd/a/one.ts", "cwd/a/two.js", "cwd/folder/index.ts"], (resolve, folder) => {
    assert.equal(resolve("./a/one.ts"), "conf/a/one.ts");
    assert.equal(resolve("a/one"), "conf/a/one.ts");
    assert.equal(resolve("./a/two"), "cwd/a/two.js");
    assert.equal(resolve("./folder"), "cwd/folder/index.ts");
    assert.equal(resolve(`${folder}/cwd/a/two.js`), "cwd/a/two.js");
  });
});

test("a folder's package.json names its file", async () => {
  const files = ['conf/p/package.json={"main":"lib/entry.js"}', "conf/p/lib/entry.js", "conf/p/index.js"];
  await inFolder(files, (resolve) => assert.equal(resolve("./p"), "conf/p/lib/entry.js"));
  const broken = ["conf/p/package.json={", "conf/p/index.js"];
  await inFolder(broken, (resolve) => assert.equal(resolve("./p"), "conf/p/index.js"));
});

test("if nothing is found, all searched paths and installed plugins are listed", async () => {
  const files = [
    ...packaged("runtime", "@iggy-connectors/sink-stdout"),
    ...packaged("runtime", "@iggy-connectors/source-random"),
  ];
  await inFolder(files, (resolve, folder) => {
    const text = resolve("stdot");
    assert.match(text, /^Plugin library not found: "stdot"\. Searched paths: /);
    for (const place of [
      `${folder}/conf/stdot.ts`,
      `${folder}/conf/stdot.js`,
      `${folder}/conf/stdot/package.json`,
      "package @iggy-connectors/sink-stdot",
      "package iggy-connector-sink-stdot",
      "package stdot",
    ]) {
      assert.ok(text.includes(place), `${place} in ${text}`);
    }
    assert.match(text, /did you mean "stdout"\? installed sinks: stdout$/);
    assert.match(resolve("randon", "source"), /did you mean "random"\? installed sources: random$/);
    assert.match(resolve("/gone/x.ts"), /Searched paths: \/gone\/x\.ts/);
    assert.match(resolve("target/release/libiggy_connector_stdot_sink"), /did you mean "stdout"\?/);
  });
});

test("the connectors of this repository are found", () => {
  for (const [type, path, expected] of [
    ["sink", "stdout", "connectors/sinks/stdout/src/index.ts"],
    ["source", "target/release/libiggy_connector_random_source", "connectors/sources/random/src/index.ts"],
  ] as const) {
    const resolved = resolvePlugin({
      type,
      path,
      configDirectory: "/",
      workingDirectory: "/",
      runtimeModules: [fileURLToPath(import.meta.url)],
    });
    assert.ok("url" in resolved, JSON.stringify(resolved));
    assert.ok(resolved.url.endsWith(expected) || resolved.url.includes(`@iggy-connectors/${type}-`), resolved.url);
  }
});

test("only our packages ship with the runtime: a file that looks like one does not", async () => {
  await using folder = await temporaryFolder();
  const shipped = (path: string): boolean | undefined => {
    const places = { configDirectory: join(folder.path, "conf"), workingDirectory: folder.path };
    const resolved = resolvePlugin({ ...places, type: "sink", path, runtimeModules: [join(folder.path, "main.js")] });
    return "problem" in resolved ? undefined : resolved.shipped;
  };
  for (const name of ["@iggy-connectors/sink-x", "iggy-connector-sink-y", "@theirs/z"]) {
    const [manifest, module] = [join(folder.path, "node_modules", name, "package.json"), "main.js"];
    await mkdir(dirname(manifest), { recursive: true });
    await writeFile(manifest, JSON.stringify({ name, exports: `./${module}` }));
    await writeFile(join(dirname(manifest), module), "export default {};");
  }
  assert.equal(shipped("x"), true);
  assert.equal(shipped("target/libiggy_connector_x_sink.so"), true);
  assert.equal(shipped("@iggy-connectors/sink-x"), true);
  assert.equal(shipped("y"), false);
  assert.equal(shipped("@theirs/z"), false);
  assert.equal(shipped(join(folder.path, "node_modules", "@iggy-connectors", "sink-x")), false);
});
