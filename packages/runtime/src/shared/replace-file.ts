import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Readable and writable by the runtime's user alone. */
const PRIVATE = 0o600;

/**
 * Replaces the content of a file atomically: a reader sees the old or the new content, and after returning the new content
 * survives a crash of the machine.
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

/** A unique name for a temporary file in the same folder, hidden from scans of it. */
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
    // The error that led here is the one that matters.
  });
}

/** Makes the creation, renaming or removal of a file in a folder durable. */
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
