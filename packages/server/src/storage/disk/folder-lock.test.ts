import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder, until } from "../../../test/with-server.ts";
import { lockFolder } from "./folder-lock.ts";

test("a folder has one owner at a time and is left clean", async (t) => {
  const folder = await temporaryFolder(t);
  const lock = await lockFolder(folder);
  await assert.rejects(lockFolder(folder), { code: "IGC_SERVER_FOLDER_LOCKED" });
  await lock.release();
  await (await lockFolder(folder)).release();
  assert.deepEqual(await readdir(folder), []);
});

test("the lock of a living process holds, that of a dead one is taken over", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "server.lock");
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  t.after(() => other.kill("SIGKILL"));
  await once(other, "spawn");
  await writeFile(path, JSON.stringify({ pid: other.pid }));
  await assert.rejects(lockFolder(folder), new RegExp(`in use by process ${other.pid}`));
  other.kill("SIGKILL");
  await once(other, "exit");
  const lock = await lockFolder(folder);
  assert.equal(JSON.parse(await readFile(path, "utf8")).pid, process.pid);
  await lock.release();
});

test("a lock of an earlier process with a number in use now, and a damaged lock, are taken over", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "server.lock");
  for (const content of [
    JSON.stringify({ pid: process.pid, started: "an earlier boot/1" }),
    JSON.stringify({ pid: process.ppid, started: "an earlier boot/1" }),
    "",
    "{}",
    '{"pid":"x"}',
  ]) {
    if (content.includes(String(process.ppid)) && process.platform !== "linux") continue;
    await writeFile(path, content);
    const lock = await lockFolder(folder);
    await lock.release();
  }
});

test("a process that ended but was not collected by its parent holds nothing", {
  skip: process.platform === "linux" ? false : "only Linux tells such a process from a living one",
}, async (t) => {
  const folder = await temporaryFolder(t);
  // The shell becomes a program that never collects the child it started.
  const parent = spawn("sh", ["-c", 'sleep 1 & echo "$!"; exec sleep 60']);
  t.after(() => parent.kill("SIGKILL"));
  const [output] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(output.toString());
  await until(async () => (await readFile(`/proc/${pid}/stat`, "utf8")).includes(") Z "));
  await writeFile(join(folder, "server.lock"), JSON.stringify({ pid }));
  await (await lockFolder(folder)).release();
});
