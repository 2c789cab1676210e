// `node bundle.mjs [FOLDER]`, run by `npm run build` on the pinned Node: writes the bundle of the command to the folder of its
// package, or to another. It is what this repository contains, and the libraries that a start loads, in few files. Hundreds of files are
// read, resolved and compiled by the main thread, and again by each worker, otherwise.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./bootstrap.mjs";

const WORKERS = [
  "task/worker",
  "task/shared",
  "task/process",
  "jobs/job",
  "jobs/job-process",
  "inspection/inspection",
  "config-module/module",
];

/** Files that are started or imported by their names; everything else is put into shared files named after their content. */
function entries() {
  const packages = join(root, "packages");
  const worker = (path) => [`${path.split("/")[1]}-entry`, join(packages, "runtime/src/worker", `${path}-entry.ts`)];
  return {
    main: join(packages, "cli/src/main.ts"),
    config: join(packages, "cli/src/config.ts"),
    server: join(packages, "cli/src/server.ts"),
    ...Object.fromEntries(WORKERS.map(worker)),
    // What connectors import: the same modules that the workers use.
    sdk: join(packages, "sdk/src/index.ts"),
    "sdk-internal": join(packages, "sdk/src/internal.ts"),
    http: join(packages, "http/src/index.ts"),
    zod: join(root, "node_modules/zod/index.js"),
  };
}

/**
 * What a start loads in any case, by who loads it: the command, the start of a worker, the runtime in the main thread, a task. Modules that
 * the same of them need are in one file: to find and read a file takes longer than to evaluate a small module.
 */
const LOADED_TOGETHER = Object.entries({
  command: ["packages/cli/src/command.ts"],
  prepared: ["packages/runtime/src/control/supervisor/placements/pool/prepared-worker.ts"],
  runtime: ["control/run-process.ts", "control/config/document/toml.ts"].map((path) => `packages/runtime/src/${path}`),
  task: ["task/thread-channel.ts", "task/runner.ts", "iggy/iggy-connector.ts", "sink/sink-pipeline.ts"].map(
    (path) => `packages/runtime/src/worker/${path}`,
  ),
});

/** Files for what exactly `count` of them need; those of the most are made first, since a module brings what it imports. */
const loadedTogether = (count) => ({
  debugName: `loaded by ${count}`,
  priority: count,
  name(module, context) {
    const users = LOADED_TOGETHER.filter(([name, roots]) => reachedFrom(name, roots, context).has(module));
    return users.length === count ? users.map(([name]) => name).join("-") : null;
  },
});

/** What waits at its top level for files that are loaded later: none of those may wait for the file that it is in. */
const WAITING = new Set([join(root, "packages/cli/src/command.ts")]);

/** What all of `zod` has beyond what is used here: its messages in other languages, and its modules that only name others. */
const ONLY_FOR_PLUGINS =
  /[\\/]zod[\\/](?:index|v4[\\/](?:classic[\\/]external|core[\\/]index|locales[\\/](?!en\.)[^\\/]+))\.js$/;
const reached = new Map();

/** The modules that are imported, also by others, when the modules at `roots` are. */
function reachedFrom(name, roots, context) {
  const known = reached.get(name);
  if (known !== undefined) return known;
  const modules = new Set();
  const seen = new Set(WAITING);
  const visit = (module) => {
    if (seen.has(module)) return;
    seen.add(module);
    if (!ONLY_FOR_PLUGINS.test(module)) modules.add(module);
    visitImports(module);
  };
  const visitImports = (module) => (context.getModuleInfo(module)?.importedIds ?? []).forEach(visit);
  for (const path of roots) {
    visit(join(root, path));
    if (WAITING.has(join(root, path))) visitImports(join(root, path));
  }
  reached.set(name, modules);
  return modules;
}

/** Loaded only where a connector needs them, by name, from the folder where npm installs them. */
const EXTERNAL = [/^@opentelemetry\//, /^@iggy-connectors\/(sink|source)-/];

/**
 * Node's own modules are taken by a call: an `import` of one reads all of its exports, and some load what nothing here uses.
 * `node:fs` and `node:util` alone are a quarter of the time that `--help` takes above an empty program.
 */
const BUILTINS_BY_CALL = {
  name: "builtins-by-call",
  // No line moves, so the source maps stay right.
  generateBundle(_, files) {
    for (const chunk of Object.values(files)) {
      if (chunk.type !== "chunk") continue;
      chunk.code = chunk.code.replaceAll(/^import ([^"\n]+) from "(node:[a-z0-9_/]+)";$/gm, builtinByCall);
    }
  },
};

function builtinByCall(statement, bindings, name) {
  const module = `process.getBuiltinModule("${name}")`;
  const match = /^(?:(?<whole>[\w$]+)|\* as (?<all>[\w$]+))?(?:, )?(?:\{ (?<names>.+) \})?$/.exec(bindings);
  if (match === null) throw new Error(`not understood: ${statement}`);
  const { whole, all, names } = match.groups;
  const parts = [whole ?? all, names && `{ ${names.replaceAll(" as ", ": ")} }`].filter((part) => part !== undefined);
  return `const ${parts.map((part) => `${part} = ${module}`).join(", ")};`;
}

const COMMAND = join(root, "packages/cli");
/** Where the bundle goes: beside the manifest that it is published with. */
const target = process.argv[2] ?? COMMAND;

/** `eval` of a library; what is imported late from source, and in the bundle is in a file that is loaded anyway. */
const EXPECTED = new Set(["EVAL", "INEFFECTIVE_DYNAMIC_IMPORT"]);

/**
 * Writes the bundle, and the licences of the libraries in it.
 * @throws Error when a library is neither in the bundle nor among the command's dependencies, or has no licence.
 */
async function bundleCommand() {
  const bundle = await rolldown({
    input: entries(),
    platform: "node",
    external: EXTERNAL,
    preserveEntrySignatures: "allow-extension",
    resolve: { conditionNames: ["iggy-source", "import", "node", "module-sync", "default"] },
    plugins: [BUILTINS_BY_CALL],
    transform: { define: { IGGY_CONNECTORS_BUNDLE: "true" } },
    checks: { circularDependency: false },
    onLog: (level, log) => {
      if (level === "warn" && !EXPECTED.has(log.code)) throw new Error(log.message);
    },
  });
  const { output } = await bundle.write({
    dir: join(target, "dist"),
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    sourcemap: true,
    // A text with other characters takes two bytes for each of them, in every thread that loads the file.
    charset: "ascii",
    codeSplitting: { groups: [1, 2, 3, 4].map(loadedTogether), includeDependenciesRecursively: false },
    // Names and lines stay, so that a stack trace can be read without the source maps, which cost memory when they are loaded.
    comments: { legal: false, annotation: false, jsdoc: false },
  });
  await bundle.close();
  const files = new Set(output.flatMap((chunk) => ("modules" in chunk ? Object.keys(chunk.modules) : [])));
  const libraries = librariesOf(files);
  checkDependencies(files, libraries);
  writeFileSync(join(target, "THIRD-PARTY-LICENSES"), licenceTexts(libraries));
}

/** Folders of the libraries in the bundle. */
function librariesOf(files) {
  const folders = new Set();
  for (const file of files) {
    const match = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file);
    if (match !== null) folders.add(match[1]);
  }
  return [...folders].sort();
}

/** Each library that a bundled package depends on is in the bundle, or installed with the command in the same version. */
function checkDependencies(files, libraries) {
  const manifest = readManifest(COMMAND);
  const ours = [...files].filter((file) => file.startsWith(root) && !file.includes(`node_modules${sep}`));
  const required = new Set(ours.flatMap(requiredBy));
  const bundled = new Set(libraries.map((folder) => readManifest(folder).name).filter((name) => !required.has(name)));
  for (const folder of new Set(ours.map(packageFolder))) {
    const { name: owner, dependencies = {} } = readManifest(folder);
    for (const [name, version] of Object.entries(dependencies)) {
      if (/^@iggy-connectors\//.test(name) || bundled.has(name) || manifest.dependencies[name] === version) continue;
      throw new Error(`${manifest.name} must depend on ${name} ${version}, which its bundle needs for ${owner}`);
    }
  }
}

/** Packages that a module of ours loads with `require`, which stays what it is. */
function requiredBy(file) {
  const text = readFileSync(file, "utf8");
  if (!text.includes("createRequire(")) return [];
  const names = text.matchAll(/require\w*(?:\(import\.meta\.url\))?\("((?:@[^/"]+\/)?[^/".]+)[^"]*"\)/gi);
  return [...names].map(([, name]) => name);
}

function packageFolder(file) {
  let folder = dirname(file);
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** The text of every licence once, with the libraries that are under it. */
function licenceTexts(libraries) {
  const texts = new Map();
  for (const folder of libraries) {
    const { name, version, license } = readManifest(folder);
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    if (file === undefined && license === undefined)
      throw new Error(`${name} in ${relative(root, folder)} names no licence`);
    const text = file === undefined ? `Licence: ${license}\n` : readFileSync(join(folder, file), "utf8").trimEnd();
    const key = createHash("sha256").update(text).digest("hex");
    const known = texts.get(key) ?? { text, names: [] };
    known.names.push(`${name} ${version} (${license})`);
    texts.set(key, known);
  }
  const parts = [...texts.values()].map(({ text, names }) => `${names.join("\n")}\n\n${text}\n`);
  return `The files in dist contain these libraries.\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

await bundleCommand();
