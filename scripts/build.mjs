// `npm run build`: compiles every package to dist, in the order in which they depend on each other, and bundles the command.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureInstalled, pinnedNode, root } from "./bootstrap.mjs";

ensureInstalled();
const manifests = ["packages", "connectors/sinks", "connectors/sources"]
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)))
  .filter((folder) => existsSync(join(root, folder, "package.json")))
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) }))
  .filter(({ manifest }) => manifest.private !== true);
const ours = new Map(manifests.map((entry) => [entry.manifest.name, entry]));
const ordered = [];
const visit = (entry) => {
  if (ordered.includes(entry)) return;
  for (const name of Object.keys(entry.manifest.dependencies ?? {})) {
    const dependency = ours.get(name);
    if (dependency !== undefined) visit(dependency);
  }
  ordered.push(entry);
};
manifests.forEach(visit);

for (const { folder, manifest } of ordered) {
  const isCommand = manifest.bin !== undefined;
  const dist = join(root, folder, "dist");
  rmSync(dist, { recursive: true, force: true });
  const config = join(root, folder, "tsconfig.build.json");
  // Without the condition "iggy-source" the other packages are seen as their users see them: compiled.
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: {
        customConditions: [],
        rootDir: "src",
        outDir: "dist",
        noEmit: false,
        // The command's modules are those of its bundle.
        emitDeclarationOnly: isCommand,
        allowImportingTsExtensions: false,
      },
      include: ["src"],
      exclude: ["src/**/*.test.ts", "src/**/fixtures"],
    }),
  );
  const result = spawnSync(pinnedNode(), [join(root, "node_modules/typescript/bin/tsc"), "-p", config], {
    cwd: root,
    stdio: "inherit",
  });
  rmSync(config);
  if (result.status !== 0) {
    console.error(`${manifest.name} does not compile`);
    process.exit(1);
  }
  if (isCommand && spawnSync(pinnedNode(), [join(root, "scripts/bundle.mjs")], { stdio: "inherit" }).status !== 0) {
    console.error(`${manifest.name} cannot be bundled`);
    process.exit(1);
  }
  console.log(`built ${manifest.name}`);
}
