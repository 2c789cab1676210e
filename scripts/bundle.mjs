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

/** Loaded only where a connector needs them, by name, from the folder where npm installs them. */
const EXTERNAL = [/^@opentelemetry\//, /^@iggy-connectors\/(sink|source)-/];

const COMMAND = join(root, "packages/cli");
/** Where the bundle goes: beside the manifest that it is published with. */
const target = process.argv[2] ?? COMMAND;

/**
 * Writes the bundle, and the licences of the libraries in it.
 * @throws Error when a library is neither in the bundle nor among the command's dependencies, or has no licence.
 */
async function bundleCommand() {
  const bundle = await rolldown({
    input: entries(),
    platform: "node",
    external: EXTERNAL,
    resolve: { conditionNames: ["iggy-source", "import", "node", "module-sync", "default"] },
    transform: { define: { IGGY_CONNECTORS_BUNDLE: "true" } },
    checks: { circularDependency: false },
    onLog: (level, log) => {
      if (level === "warn" && log.code !== "EVAL") throw new Error(log.message);
    },
  });
  const { output } = await bundle.write({
    dir: join(target, "dist"),
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    sourcemap: true,
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
