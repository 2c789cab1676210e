import { access, chmod, constants, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { ServerStartError } from "../../errors.ts";

/** An empty SQLite database. The operating system holds its lock, and releases it when the process ends in any way. */
const LOCK_FILE = "lock.sqlite";
/** The number of the process that holds the lock, for the message to another one. It decides nothing. */
const PROCESS_FILE = "server.pid";

/** Milliseconds that another process has to end: one that was just killed may not be gone yet. */
const GRACE = 500;
const RETRY_INTERVAL = 25;

/** SQLite's code of a lock that another connection holds. */
const SQLITE_BUSY = 5;

/** Keeps a second server out of a data folder. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Locks a data folder. The lock of a process that ended is free, that of a process that is only stopped is not.
 * @throws ServerStartError `IGC_SERVER_FOLDER_LOCKED` when another living process, or this one, serves the folder.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK);
  const path = join(folder, LOCK_FILE);
  const database = await locked(folder, path);
  const processFile = join(folder, PROCESS_FILE);
  try {
    await chmod(path, 0o600);
    await writeFile(processFile, String(process.pid), { mode: 0o600 });
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    // The lock file stays: removing it would let two processes hold locks on two files of the same name.
    release: async () => {
      if (!database.isOpen) return;
      await unlink(processFile).catch(() => undefined);
      database.close();
    },
  };
}

async function locked(folder: string, path: string): Promise<DatabaseSync> {
  const deadline = performance.now() + GRACE;
  for (;;) {
    const database = lockIfFree(path);
    if (database !== undefined) return database;
    if (performance.now() > deadline) throw await inUse(folder);
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

async function inUse(folder: string): Promise<ServerStartError> {
  const holder = await readFile(join(folder, PROCESS_FILE), "utf8").catch(() => "");
  const by = /^\d+$/.test(holder) ? `process ${holder}` : "another process";
  return new ServerStartError(
    "IGC_SERVER_FOLDER_LOCKED",
    `the data folder ${resolve(folder)} is in use by ${by}: stop that server or choose another folder`,
  );
}
