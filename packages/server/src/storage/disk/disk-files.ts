import { close, constants, fdatasync, fsync, ftruncate, open, read, writev, writevSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import type { Files } from "./files.ts";

// Raw descriptors instead of FileHandle: the append and poll paths use one callback and one promise per call, and a
// descriptor's life is then exactly the segment's, not the garbage collector's.

/**
 * Up to this many bytes are written on the calling thread: a write of this size into the page cache takes less time
 * than handing it to another thread and back, and the disk is not waited for.
 */
const DIRECT_WRITE_BYTES = 1024 * 1024;

/** Messages and password hashes are the owner's alone. */
const FILE_MODE = 0o600;

/** The file system of this machine. */
export const diskFiles: Files = {
  open(path, create) {
    return openDescriptor(path, constants.O_RDWR | (create ? constants.O_CREAT : 0));
  },
  close(descriptor) {
    return new Promise((resolve, reject) => close(descriptor, (error) => (error ? reject(error) : resolve())));
  },
  read(descriptor, target, at, length, position) {
    return new Promise((resolve, reject) => {
      read(descriptor, target, at, length, position, (error, bytes) => (error ? reject(error) : resolve(bytes)));
    });
  },
  write(descriptor, buffers, position) {
    let bytes = 0;
    for (const buffer of buffers) bytes += buffer.length;
    if (bytes <= DIRECT_WRITE_BYTES) return writevSync(descriptor, buffers, position);
    return new Promise((resolve, reject) => {
      writev(descriptor, buffers, position, (error, written) => (error ? reject(error) : resolve(written)));
    });
  },
  truncate(descriptor, length) {
    return new Promise((resolve, reject) => {
      ftruncate(descriptor, length, (error) => (error ? reject(error) : resolve()));
    });
  },
  sync(descriptor) {
    return new Promise((resolve, reject) => fdatasync(descriptor, (error) => (error ? reject(error) : resolve())));
  },
  async syncFolder(path) {
    // Windows cannot open a folder; its renames are durable by the journal of the file system.
    if (process.platform === "win32") return;
    const descriptor = await openDescriptor(path, constants.O_RDONLY);
    try {
      await new Promise<void>((resolve, reject) => fsync(descriptor, (error) => (error ? reject(error) : resolve())));
    } finally {
      await diskFiles.close(descriptor);
    }
  },
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  list: (path) => readdir(path),
  size: async (path) => (await stat(path)).size,
  readAll: (path) => readFile(path),
  rename,
  unlink,
  remove: (path) => rm(path, { recursive: true, force: true }),
};

/** The same without waiting for stable storage: what is acknowledged survives the process, not the machine. */
export const unsyncedFiles: Files = {
  ...diskFiles,
  sync: async () => undefined,
  syncFolder: async () => undefined,
};

function openDescriptor(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, FILE_MODE, (error, descriptor) => (error ? reject(error) : resolve(descriptor)));
  });
}
