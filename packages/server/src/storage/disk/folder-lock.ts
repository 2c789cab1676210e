import { readFileSync } from "node:fs";
import { link, mkdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { ServerStartError } from "../../errors.ts";
import { hasCode } from "./files.ts";

/** Folders locked by this process: its own pid in a lock file may also be a leftover of an earlier process. */
const heldHere = new Set<string>();

/** Milliseconds that another process has to end: one that was just killed may not be gone yet. */
const GRACE = 500;
const RETRY_INTERVAL = 25;

/** Keeps a second server out of a data folder. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Locks a data folder with a file that names the process. A lock whose process is gone is taken over.
 * @throws ServerStartError `IGC_SERVER_FOLDER_LOCKED` when another living process, or this one, serves the folder.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = resolve(folder, "server.lock");
  if (heldHere.has(path)) throw locked(folder, process.pid);
  heldHere.add(path);
  try {
    await mkdir(folder, { recursive: true });
    await acquire(folder, path);
  } catch (error) {
    heldHere.delete(path);
    throw error;
  }
  return {
    release: async () => {
      await unlink(path).catch(() => undefined);
      heldHere.delete(path);
    },
  };
}

async function acquire(folder: string, path: string): Promise<void> {
  // The complete content is linked into place, so no process ever reads half a lock.
  const draft = join(folder, `server.lock.${process.pid}`);
  await writeFile(draft, JSON.stringify({ pid: process.pid, started: lookAt(process.pid)?.started }));
  const deadline = performance.now() + GRACE;
  try {
    while (!(await linkIfFree(draft, path))) {
      try {
        await removeIfStale(folder, path);
      } catch (error) {
        if (!(error instanceof ServerStartError) || performance.now() > deadline) throw error;
        await setTimeout(RETRY_INTERVAL);
      }
    }
  } finally {
    await unlink(draft);
  }
}

async function linkIfFree(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function removeIfStale(folder: string, path: string): Promise<void> {
  await refuseIfAlive(folder, path);
  // Of several starters that saw the same stale lock only one gets it renamed; what a second one renames may be the
  // first one's fresh lock, so it is judged again and given back.
  const judged = join(folder, `server.lock.judged.${process.pid}`);
  try {
    await rename(path, judged);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  try {
    await refuseIfAlive(folder, judged);
  } catch (error) {
    await rename(judged, path);
    throw error;
  }
  await unlink(judged);
}

async function refuseIfAlive(folder: string, path: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  const owner = readOwner(text);
  if (owner !== undefined && isAlive(owner)) throw locked(folder, owner.pid);
}

interface Owner {
  readonly pid: number;
  readonly started: string | undefined;
}

function readOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("pid" in value) || typeof value.pid !== "number")
      return undefined;
    const started = "started" in value && typeof value.started === "string" ? value.started : undefined;
    return { pid: value.pid, started };
  } catch {
    return undefined;
  }
}

function isAlive(owner: Owner): boolean {
  if (owner.pid === process.pid) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return hasCode(error, "EPERM");
  }
  const seen = lookAt(owner.pid);
  if (seen === undefined) return true;
  // After a reboot, or in a restarted container, another process may have the number.
  return !seen.dead && (owner.started === undefined || seen.started === owner.started);
}

interface ProcessState {
  /** Ended, but its parent has not taken notice. */
  readonly dead: boolean;
  /** What tells it from a later process of the same number. */
  readonly started: string;
}

/** What the system knows about a process; nothing where it does not tell (it does on Linux). */
function lookAt(pid: number): ProcessState | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // Fields from the third on: the second one, the program's name in parentheses, may contain spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { dead: fields[0] === "Z" || fields[0] === "X", started: `${boot}/${fields[19]}` };
  } catch {
    return undefined;
  }
}

function locked(folder: string, pid: number): ServerStartError {
  return new ServerStartError(
    "IGC_SERVER_FOLDER_LOCKED",
    `the data folder ${resolve(folder)} is in use by process ${pid}: stop that server or choose another folder`,
  );
}
