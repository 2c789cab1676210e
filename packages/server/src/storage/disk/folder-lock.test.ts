import assert from "node:assert/strict";
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { temporaryFolder, until } from "../../../test/with-server.ts";
import { lockFolder } from "./folder-lock.ts";

/** Locks the folder at the given time, says how that ended, and keeps what it holds until it is killed. */
const STARTER = `
  import { lockFolder } from ${JSON.stringify(new URL("./folder-lock.ts", import.meta.url).href)};
  const [folder, at] = process.argv.slice(1);
  while (Date.now() < Number(at)) {}
  const held = await lockFolder(folder).catch((error) => console.log(error.code, error.message));
  if (held !== undefined) console.log("held");
  if (held !== undefined) setInterval(() => {}, 1000);
`;

const starterArguments = (folder: string, at: number): string[] => [
  "--conditions=iggy-source",
  "--input-type=module",
  "-e",
  STARTER,
  folder,
  String(at),
];

type Starter = ChildProcessByStdio<null, Readable, null>;

function start(t: TestContext, folder: string, at = 0): Starter {
  const child = spawn(process.execPath, starterArguments(folder, at), { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

async function said(starter: Starter): Promise<string> {
  const [line] = (await once(starter.stdout, "data")) as [Buffer];
  return line.toString().trim();
}

async function kill(starter: Starter): Promise<void> {
  starter.kill("SIGKILL");
  await once(starter, "exit");
}

test("a folder has one owner at a time, and only the lock file is left", async (t) => {
  const folder = await temporaryFolder(t);
  const lock = await lockFolder(folder);
  await assert.rejects(lockFolder(folder), { code: "IGC_SERVER_FOLDER_LOCKED" });
  await lock.release();
  await (await lockFolder(folder)).release();
  assert.deepEqual(await readdir(folder), ["lock.sqlite"]);
});

test("the lock of a living process holds, that of a killed one is free", async (t) => {
  const folder = await temporaryFolder(t);
  const other = start(t, folder);
  assert.equal(await said(other), "held");
  await assert.rejects(lockFolder(folder), new RegExp(`in use by process ${other.pid}`));
  await kill(other);
  const lock = await lockFolder(folder);
  assert.equal(await readFile(join(folder, "server.pid"), "utf8"), String(process.pid));
  await lock.release();
});

test("a stopped process keeps its lock", { skip: process.platform === "win32" && "no SIGSTOP" }, async (t) => {
  const folder = await temporaryFolder(t);
  const other = start(t, folder);
  assert.equal(await said(other), "held");
  other.kill("SIGSTOP");
  await assert.rejects(lockFolder(folder), { code: "IGC_SERVER_FOLDER_LOCKED" });
  await kill(other);
  await (await lockFolder(folder)).release();
});

test("a killed process that its parent has not collected holds nothing", {
  skip: process.platform === "linux" ? false : "only Linux tells such a process from a living one",
}, async (t) => {
  const folder = await temporaryFolder(t);
  // The shell becomes a program that never collects the child it started.
  const shell = ["-c", '"$0" "$@" & exec sleep 60', process.execPath, ...starterArguments(folder, 0)];
  const parent = spawn("sh", shell, { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => parent.kill("SIGKILL"));
  assert.equal(await said(parent), "held");
  const pid = Number(await readFile(join(folder, "server.pid"), "utf8"));
  process.kill(pid, "SIGKILL");
  await until(async () => (await readFile(`/proc/${pid}/stat`, "utf8")).includes(") Z "));
  await (await lockFolder(folder)).release();
});

test("of six starters at the lock of a killed process one gets it", async (t) => {
  const folder = await temporaryFolder(t);
  for (let round = 0; round < 2; round++) {
    const former = start(t, folder);
    assert.equal(await said(former), "held");
    await kill(former);
    const at = Date.now() + 1500;
    const starters = Array.from({ length: 6 }, () => start(t, folder, at));
    const results = await Promise.all(starters.map(said));
    assert.equal(results.filter((result) => result === "held").length, 1, results.join("\n"));
    assert.equal(results.filter((result) => result.startsWith("IGC_SERVER_FOLDER_LOCKED")).length, 5);
    await Promise.all(starters.map((starter) => (starter.exitCode === null ? kill(starter) : undefined)));
  }
});

test("the number of a process, whatever it is, decides nothing", async (t) => {
  const folder = await temporaryFolder(t);
  for (const content of [String(process.pid), String(process.ppid), "1", "", "{}", "x"]) {
    await writeFile(join(folder, "server.pid"), content);
    await (await lockFolder(folder)).release();
  }
});

const unshare = (...command: string[]) =>
  promisify(execFile)("unshare", ["--user", "--map-root-user", "--pid", "--fork", ...command]);
const hasNamespaces = await unshare("true").then(
  () => true,
  () => false,
);

test("a process of another container with the same number is refused", {
  skip: !hasNamespaces && "this system does not let us make a namespace of processes",
}, async (t) => {
  const folder = await temporaryFolder(t);
  const other = start(t, folder);
  assert.equal(await said(other), "held");
  const { stdout } = await unshare(process.execPath, ...starterArguments(folder, 0));
  assert.match(stdout, /^IGC_SERVER_FOLDER_LOCKED/);
});
