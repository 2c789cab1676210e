import { createHash } from "node:crypto";
import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { errorCode } from "@iggy-connectors/sdk";
import { fileError, notARegularFile } from "./errors.ts";
import type { FileIdentity } from "./position.ts";

/** So much of a file's beginning tells it from others; the id of a message rests on its first line up to there. */
const HEAD_BYTES = 256;
const COMPARED_BYTES = 64 * 1024;
const LINE_FEED = 10;

/** One open file. It stays the same file when it is renamed or removed. */
export class FollowedFile {
  readonly path: string;
  readonly device: string;
  readonly inode: string;
  /** When it was created, nanoseconds; 0: the file system does not tell. */
  readonly born: bigint;
  readonly #handle: FileHandle;
  #idBase: { readonly generation: number; readonly value: bigint } | undefined;

  private constructor(path: string, handle: FileHandle, { dev, ino, birthtimeNs }: BigIntStats) {
    this.path = path;
    this.device = String(dev);
    this.inode = String(ino);
    this.born = birthtimeNs;
    this.#handle = handle;
  }

  /** `undefined` when there is no such file. @throws RetryableError, FatalError as fileError() says. */
  static async open(path: string): Promise<FollowedFile | undefined> {
    let handle: FileHandle;
    try {
      // Without O_NONBLOCK opening a named pipe would wait for a writer, before it can be refused.
      handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw fileError(error, path);
    }
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) {
      await handle.close();
      throw notARegularFile(path, stats.isDirectory());
    }
    return new FollowedFile(path, handle, stats);
  }

  async size(): Promise<number> {
    return (await this.#guard(this.#handle.stat())).size;
  }

  /** Up to `length` bytes from `offset`; fewer only at the end. The buffer is new and belongs to the caller. */
  async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#guard(this.#handle.read(buffer, filled, length - filled, offset + filled));
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  /** What to recognise this file by once `offset` bytes of it were read. */
  async identity(offset: number, known?: FileIdentity): Promise<FileIdentity> {
    const bytes = Math.min(offset, HEAD_BYTES);
    const { device, inode } = this;
    const born = this.born === 0n ? {} : { born: String(this.born) };
    if (known !== undefined && known.fingerprint_bytes === bytes) {
      return { device, inode, fingerprint: known.fingerprint, fingerprint_bytes: bytes, ...born };
    }
    return { device, inode, fingerprint: await this.fingerprint(bytes), fingerprint_bytes: bytes, ...born };
  }

  async fingerprint(bytes: number): Promise<string> {
    return createHash("sha256")
      .update(await this.read(0, bytes))
      .digest("hex");
  }

  /** Device numbers change when a disk is mounted again, so content may speak for the device. */
  isSameInode(identity: FileIdentity): boolean {
    return this.inode === identity.inode && (this.device === identity.device || identity.fingerprint_bytes > 0);
  }

  /** Whether what was read up to `offset` is still there as it was. */
  async stillHolds(identity: FileIdentity, offset: number): Promise<boolean> {
    if ((await this.size()) < offset) return false;
    return (await this.fingerprint(identity.fingerprint_bytes)) === identity.fingerprint;
  }

  /** Whether the beginnings of two files are equal, as far as both have one: then one is a copy of the other. */
  async beginsAs(other: FollowedFile): Promise<boolean> {
    const length = Math.min(COMPARED_BYTES, await this.size(), await other.size());
    if (length === 0) return false;
    return (await this.read(0, length)).equals(await other.read(0, length));
  }

  /**
   * The upper half of the ids of this file's messages; the lower half is the line's offset. It rests on the first line, of
   * which nothing changes any more when something is delivered, so that a replay carries the same ids.
   */
  async idBase(generation: number): Promise<bigint> {
    if (this.#idBase?.generation === generation) return this.#idBase.value;
    const head = await this.read(0, HEAD_BYTES);
    const lineFeed = head.indexOf(LINE_FEED);
    const firstLine = lineFeed === -1 ? head : head.subarray(0, lineFeed + 1);
    const digest = createHash("sha256").update(`${this.inode} ${generation} `).update(firstLine).digest();
    // Id 0 would ask Iggy to draw one.
    const value = (digest.readBigUInt64BE(0) | 1n) << 64n;
    if (lineFeed !== -1 || head.length === HEAD_BYTES) this.#idBase = { generation, value };
    return value;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #guard<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      throw fileError(error, this.path);
    }
  }
}
