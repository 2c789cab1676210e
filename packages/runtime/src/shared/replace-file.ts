import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Readable and writable by the runtime's user alone. */
const PRIVATE = 0o600;

/**
 * Gives a file a new content, all or nothing: whoever reads it sees the old one or the new one, and after returning the
 * new one survives a crash of the machine.
 */
export async function replaceFile(path: string, text: string, temporary = hiddenBeside(path)): Promise<void> {
  await writeDurably(temporary, text);
  try {
    await rename(temporary, path);
  } catch (error) {
    await discard(temporary);
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Name of a temporary file that no scan of the folder takes for one of its own, and nobody else takes at the same time. */
export function hiddenBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
}

export async function writeDurably(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, "w", PRIVATE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await discard(path);
    throw error;
  }
}

export async function discard(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {
    // The failure that led here is the one that matters.
  });
}

/** Makes a name that was made, changed or removed in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folder; its rename is written through.
  if (process.platform === "win32") return;
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } finally {
    await handle?.close();
  }
}
