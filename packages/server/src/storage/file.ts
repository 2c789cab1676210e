import { close, constants, fdatasync, fsync, ftruncate, open, read, writev, writevSync } from "node:fs";
import { mkdir, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";

// Raw descriptors instead of FileHandle: the append and poll paths use one callback and one promise per call, and a
// descriptor's life is then exactly the segment's, not the garbage collector's.

/** Opens a file for reading and writing, creating it when `create` is set. Rejects with the system's error. */
export function openFile(path: string, create: boolean): Promise<number> {
  const flags = constants.O_RDWR | (create ? constants.O_CREAT : 0);
  return new Promise((resolve, reject) => {
    open(path, flags, 0o644, (error, descriptor) => (error ? reject(error) : resolve(descriptor)));
  });
}

export function closeFile(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => close(descriptor, (error) => (error ? reject(error) : resolve())));
}

export function truncateFile(descriptor: number, length: number): Promise<void> {
  return new Promise((resolve, reject) => {
    ftruncate(descriptor, length, (error) => (error ? reject(error) : resolve()));
  });
}

/** Waits until the file's data is on stable storage. */
export function syncData(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => fdatasync(descriptor, (error) => (error ? reject(error) : resolve())));
}

/** Reads up to `length` bytes at `position`; fewer only at the end of the file. */
export function readFully(
  descriptor: number,
  target: Uint8Array,
  at: number,
  length: number,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let done = 0;
    const step = (): void => {
      read(descriptor, target, at + done, length - done, position + done, (error, bytes) => {
        if (error) return reject(error);
        done += bytes;
        if (bytes === 0 || done === length) return resolve(done);
        step();
      });
    };
    step();
  });
}

/**
 * Up to this many bytes are written on the calling thread: a write of this size into the page cache takes less time than
 * handing it to another thread and back, and the disk is not waited for.
 */
const DIRECT_WRITE_BYTES = 1024 * 1024;

/** Writes all buffers one after another from `position` on; a short write is continued. */
export async function writeFully(descriptor: number, buffers: readonly Buffer[], position: number): Promise<void> {
  let bytes = 0;
  for (const buffer of buffers) bytes += buffer.length;
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    const written =
      bytes <= DIRECT_WRITE_BYTES ? writevSync(descriptor, rest, at) : await writeElsewhere(descriptor, rest, at);
    rest = dropBytes(rest, written);
    if (written === 0 && rest.length > 0) throw new Error("the file system accepted no bytes");
    at += written;
  }
}

function writeElsewhere(descriptor: number, buffers: readonly Buffer[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(descriptor, buffers, position, (error, written) => (error ? reject(error) : resolve(written)));
  });
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

/** Makes a created, renamed or removed name durable. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; its renames are durable by the journal of the file system.
  if (process.platform === "win32") return;
  const descriptor = await new Promise<number>((resolve, reject) => {
    open(path, constants.O_RDONLY, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  try {
    await new Promise<void>((resolve, reject) => fsync(descriptor, (error) => (error ? reject(error) : resolve())));
  } finally {
    await closeFile(descriptor);
  }
}

/** Replaces a file as a whole: after a crash it has either the old or the new content. Durable when it resolves. */
export async function replaceFile(path: string, content: Buffer[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  const descriptor = await openFile(draft, true);
  try {
    await truncateFile(descriptor, 0);
    await writeFully(descriptor, content, 0);
    await syncData(descriptor);
  } catch (error) {
    await closeFile(descriptor);
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await closeFile(descriptor);
  await rename(draft, path);
  await syncFolder(dirname(path));
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
