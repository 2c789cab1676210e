import { access, chmod, constants, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";

/** An empty SQLite database. The operating system holds its lock, and releases it when the process ends in any way. */
const LOCK_FILE = "lock.sqlite";

/** Milliseconds that another process has to end: one that was just killed may not be gone yet. */
const GRACE = 500;
const RETRY_INTERVAL = 25;

/** SQLite's code of a lock that another connection holds. */
const SQLITE_BUSY = 5;

/** Keeps a second process out of a folder. */
export interface FolderLock {
  release(): Promise<void>;
}

/** Another living process, or this one, holds the lock of a folder. */
export class FolderLockedError extends Error {
  override readonly name = "FolderLockedError";
  /** Absolute path. */
  readonly folder: string;
  /** Who holds it, for a message: `process 12`. */
  readonly holder: string;

  constructor(folder: string, holder: string) {
    super(`the folder ${folder} is in use by ${holder}`);
    this.folder = folder;
    this.holder = holder;
  }
}

/**
 * Locks a folder, which is created if it does not exist. The lock of a process that ended is free, that of a process that is only
 * stopped is not.
 * @param processFile Name of the file in the folder that gets the number of this process, for the message to another one. It
 * decides nothing.
 * @throws FolderLockedError, and errors of the file system.
 */
export async function lockFolder(folder: string, processFile: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK);
  const path = join(folder, LOCK_FILE);
  const numberFile = join(folder, processFile);
  const database = await locked(folder, path, numberFile);
  try {
    await chmod(path, 0o600);
    await writeFile(numberFile, String(process.pid), { mode: 0o600 });
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    // The lock file stays: removing it would let two processes hold locks on two files of the same name.
    release: async () => {
      if (!database.isOpen) return;
      await unlink(numberFile).catch(() => undefined);
      database.close();
    },
  };
}

async function locked(folder: string, path: string, numberFile: string): Promise<DatabaseSync> {
  const deadline = performance.now() + GRACE;
  for (;;) {
    const database = lockIfFree(path);
    if (database !== undefined) return database;
    if (performance.now() > deadline) throw new FolderLockedError(resolve(folder), await holderOf(numberFile));
    await setTimeout(RETRY_INTERVAL);
  }
}

function lockIfFree(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
}

async function holderOf(numberFile: string): Promise<string> {
  const holder = await readFile(numberFile, "utf8").catch(() => "");
  return /^\d+$/.test(holder) ? `process ${holder}` : "another process";
}
