import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startServer } from "@iggy-connectors/server";

// The acceptance test of the embedded server: the official Python client (PyPI apache-iggy, which wraps the official
// Rust client) does everything it can do with streams, topics, messages, offsets and consumer groups.

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("official_client.py", import.meta.url));
const PACKAGE = "apache-iggy==0.9.0";

const PROOFS = [
  "log in, log out, wrong password",
  "create, list, update streams, topics and partitions",
  "send with typed headers, poll them back",
  "poll by offset, timestamp, first, last, next",
  "balanced, keyed and large sends, statistics",
  "store and delete offsets of a consumer group",
  "a group of two members with a rebalance",
  "purge, rename and delete",
];

async function missingTools(): Promise<string | false> {
  try {
    await run("python3", ["-m", "pip", "--version"]);
    return false;
  } catch {
    return "python3 with pip is not installed";
  }
}

/** The folder with the client's package, installed once per machine and kept between runs. */
async function installedPackages(): Promise<string> {
  const cache = join(tmpdir(), "iggy-connectors-python");
  const folder = join(cache, PACKAGE.replace("==", "-"));
  if (await exists(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, "installing-"));
  try {
    const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
    await run("python3", ["-m", "pip", "install", ...quiet, "--target", draft, PACKAGE]);
    await rename(draft, folder);
  } catch (error) {
    // Another run may have been faster.
    if (!(await exists(folder))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

test("the official Python client works against the embedded server", { skip: await missingTools() }, async (t) => {
  const packages = await installedPackages();
  const path = await mkdtemp(join(tmpdir(), "iggy-server-"));
  const problems: string[] = [];
  const server = await startServer({
    address: "127.0.0.1:0",
    path,
    logger: (level, message, fields) => {
      if (level === "error") problems.push(`${message} ${JSON.stringify(fields)}`);
    },
  });
  t.after(async () => {
    await server.close();
    await rm(path, { recursive: true, force: true });
  });
  const { stdout } = await run("python3", [SCRIPT, server.address, packages], { timeout: 120_000 });
  const proved = stdout.split("\n").filter((line) => line.startsWith("ok "));
  assert.deepEqual(
    proved,
    PROOFS.map((proof) => `ok ${proof}`),
  );
  assert.deepEqual(problems, []);
});
