import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Creates a folder and its parents, so that it is still there after a power failure. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first) return;
  }
}

/** Makes the names in a folder durable: files made in it or renamed. */
async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its file systems journal names themselves.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Readers, and a process after a crash, see either the previous content or all of the new one. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const handle = await open(temporary, "w");
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}
