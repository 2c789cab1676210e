import { dirname, relative } from "node:path";

/**
 * Every operation of the server on its data folder. The storage code uses nothing else, so tests can replace the disk.
 * Every method rejects (`write` may also throw) with the system's error.
 */
export interface Files {
  /** Opens a file for reading and writing, creating it when `create` is set. @returns a descriptor. */
  open(path: string, create: boolean): Promise<number>;
  close(descriptor: number): Promise<void>;
  /** Reads up to `length` bytes; may read fewer, 0 only at the end of the file. */
  read(descriptor: number, target: Uint8Array, at: number, length: number, position: number): Promise<number>;
  /** Writes the buffers one after another; may write fewer bytes. @returns how many. */
  write(descriptor: number, buffers: readonly Buffer[], position: number): number | Promise<number>;
  truncate(descriptor: number, length: number): Promise<void>;
  /** Waits until the file's data is on stable storage. */
  sync(descriptor: number): Promise<void>;
  /** Makes names that were created, renamed or removed in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Makes a folder and what is missing above it. */
  makeFolder(path: string): Promise<void>;
  list(path: string): Promise<string[]>;
  size(path: string): Promise<number>;
  readAll(path: string): Promise<Buffer>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Removes a folder or file and all in it; nothing happens when it is not there. */
  remove(path: string): Promise<void>;
}

/** Reads up to `length` bytes at `position`; fewer only at the end of the file. */
export async function readFully(
  files: Files,
  descriptor: number,
  target: Uint8Array,
  length: number,
  position: number,
): Promise<number> {
  let done = 0;
  while (done < length) {
    const bytes = await files.read(descriptor, target, done, length - done, position + done);
    if (bytes === 0) break;
    done += bytes;
  }
  return done;
}

/** Writes all buffers one after another from `position` on; a short write is continued. */
export async function writeFully(
  files: Files,
  descriptor: number,
  buffers: readonly Buffer[],
  position: number,
): Promise<void> {
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    const outcome = files.write(descriptor, rest, at);
    const written = typeof outcome === "number" ? outcome : await outcome;
    rest = dropBytes(rest, written);
    if (written === 0 && rest.length > 0) throw new Error("the file system accepted no bytes");
    at += written;
  }
}

function dropBytes(buffers: readonly Buffer[], count: number): readonly Buffer[] {
  let rest = count;
  for (let index = 0; index < buffers.length; index++) {
    const buffer = buffers[index]!;
    if (rest < buffer.length) return [buffer.subarray(rest), ...buffers.slice(index + 1)];
    rest -= buffer.length;
  }
  return [];
}

/** A file has its new content, but a loss of power may bring the old one back: what follows must not build on it. */
export class ReplacementNotDurable extends Error {
  override readonly name = "ReplacementNotDurable";
}

/**
 * Replaces a file as a whole: after a crash it has either the old or the new content. Durable when it resolves.
 * @throws ReplacementNotDurable when the new content is in place but not known to be durable; any other error means
 *   that the old content is.
 */
export async function replaceFile(files: Files, path: string, content: readonly Buffer[]): Promise<void> {
  await files.makeFolder(dirname(path));
  const draft = `${path}.new`;
  const descriptor = await files.open(draft, true);
  try {
    await files.truncate(descriptor, 0);
    await writeFully(files, descriptor, content, 0);
    await files.sync(descriptor);
  } catch (error) {
    await files.close(descriptor);
    await files.unlink(draft).catch(() => undefined);
    throw error;
  }
  await files.close(descriptor);
  await files.rename(draft, path);
  try {
    await files.syncFolder(dirname(path));
  } catch (error) {
    throw new ReplacementNotDurable(`${path} was replaced, but its folder could not be synced: ${String(error)}`, {
      cause: error,
    });
  }
}

/** Makes the names of `folder` and of every folder above it, up to the data folder `root`, durable. */
export async function syncPath(files: Files, root: string, folder: string): Promise<void> {
  await files.syncFolder(folder);
  if (relative(root, folder) !== "") await syncPath(files, root, dirname(folder));
}

/** The names in a folder; none when it is not there. */
export async function listIfPresent(files: Files, folder: string): Promise<string[]> {
  try {
    return await files.list(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** A file's content; nothing when it is not there. */
export async function readIfPresent(files: Files, path: string): Promise<Buffer | undefined> {
  try {
    return await files.readAll(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

export async function unlinkIfPresent(files: Files, path: string): Promise<void> {
  try {
    await files.unlink(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
