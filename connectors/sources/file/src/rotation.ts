import type { BigIntStats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, parse, resolve } from "node:path";
import { errorCode } from "@iggy-connectors/sdk";
import { gzipOf, isCompressedForm } from "./compressed.ts";
import { fileError, movedMeanwhile } from "./errors.ts";
import { FollowedFile } from "./followed-file.ts";
import type { FileIdentity, FilePosition } from "./position.ts";
import { compareNames, isNumbered, isRotationOf, shapeOf } from "./rotated-name.ts";

/** `undefined` when nothing is there. */
export async function statPath(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw fileError(error, path);
  }
}

export function isFile(stats: BigIntStats, identity: Pick<FileIdentity, "device" | "inode">): boolean {
  return String(stats.ino) === identity.inode && String(stats.dev) === identity.device;
}

interface Candidate {
  readonly path: string;
  readonly folder: string;
  readonly name: string;
  readonly stats: BigIntStats;
  /** A pattern of the configuration names it. */
  readonly declared: boolean;
}

/** Where the files are that rotation has moved, copied or compressed. */
export class RotatedFiles {
  readonly #path: string;
  readonly #patterns: readonly string[];

  /** `patterns`: names, with `*` and `?` in their last part, relative to the folder of the path. */
  constructor(path: string, patterns: readonly string[]) {
    this.#path = path;
    this.#patterns = patterns.map((pattern) => resolve(dirname(path), pattern));
  }

  /** The file that was being read, under whatever name it has now: its inode and its beginning say which it is. */
  async find({ identity, offset }: FilePosition): Promise<FollowedFile | undefined> {
    const named = (await this.#candidates()).filter(({ stats }) => String(stats.ino) === identity.inode);
    return firstOpen(named, async (file) => file.isSameInode(identity) && (await file.stillHolds(identity, offset)));
  }

  /** The copy that copy-and-truncate rotation made: another file with the same beginning and more than what was read. */
  async findCopy({ identity, offset }: FilePosition): Promise<FollowedFile | undefined> {
    if (identity.fingerprint_bytes === 0) return undefined;
    const copies = (await this.#candidates())
      .filter((candidate) => this.#isRelated(candidate) && candidate.stats.size > BigInt(offset))
      .sort(olderFirst)
      .reverse();
    return firstOpen(
      copies,
      async (file) => file.inode !== identity.inode && (await file.stillHolds(identity, offset)),
    );
  }

  /**
   * What to read when `finished` is read to its end: the file that rotation moved away next, at last the path itself. `undefined` when
   * nothing is at the path yet.
   */
  async findNext(finished: FollowedFile): Promise<FollowedFile | undefined> {
    // Opened first: when it is rotated from now on, it is still the one that follows what is listed.
    const current = await FollowedFile.open(this.#path);
    const candidates = await this.#candidates();
    const own = candidates.find(({ stats }) => isFile(stats, finished));
    const later = own === undefined ? this.#after(candidates, finished.born) : this.#behind(candidates, own);
    const between = later.filter(({ stats }) => current === undefined || !isFile(stats, current));
    const next = await firstOpen(between, async (file) => !(await file.beginsAs(finished)));
    if (next === undefined) return current;
    await current?.close();
    return next;
  }

  /** The oldest file that rotation moved away after a file that cannot be found; `undefined`: not known, or there is none. */
  async findAfter({ identity }: FilePosition): Promise<FollowedFile | undefined> {
    if (identity.born === undefined) return undefined;
    return firstOpen(this.#after(await this.#candidates(), BigInt(identity.born)), async () => true);
  }

  /** The gzip file that the file became, and how many bytes it holds. */
  async findCompressed({
    identity,
  }: FilePosition): Promise<{ readonly path: string; readonly size: number } | undefined> {
    for (const { path, name } of await this.#all()) {
      const found = isCompressedForm(name) ? await gzipOf(path, identity) : undefined;
      if (found !== undefined) return { path, size: found.size };
    }
    return undefined;
  }

  /** Files with a name like that of the finished one, newer than it: oldest first. */
  #behind(candidates: readonly Candidate[], own: Candidate): Candidate[] {
    const shape = shapeOf(own.name);
    const alike = candidates.filter(({ name, folder }) => folder === own.folder && shapeOf(name) === shape);
    const byName = isNumbered(own.name, basename(this.#path));
    alike.sort(byName ? (a, b) => compareNames(a.name, b.name) : olderFirst);
    return alike.slice(alike.indexOf(own) + 1);
  }

  /** Files that were created after a file whose name is not known, oldest first. Without times of creation there are none. */
  #after(candidates: readonly Candidate[], born: bigint): Candidate[] {
    if (born === 0n) return [];
    return candidates
      .filter((candidate) => this.#isRelated(candidate) && candidate.stats.birthtimeNs > born)
      .sort(olderFirst);
  }

  #isRelated({ name, declared }: Candidate): boolean {
    return declared || isRotationOf(name, basename(this.#path));
  }

  async #candidates(): Promise<Candidate[]> {
    return (await this.#all()).filter(({ name }) => !isCompressedForm(name));
  }

  /** The files beside the path, beside what it leads to where it is a symbolic link, and those of the patterns; not the path itself. */
  async #all(): Promise<Candidate[]> {
    const found = new Map<string, Candidate>();
    const target = await realpath(this.#path).catch(() => this.#path);
    for (const folder of new Set([dirname(this.#path), dirname(target)])) {
      for (const name of await filesOf(folder)) await add(found, folder, name, false);
    }
    for (const pattern of this.#patterns) {
      const matches = nameMatcher(basename(pattern));
      const folder = dirname(pattern);
      for (const name of await filesOf(folder)) if (matches.test(name)) await add(found, folder, name, true);
    }
    found.delete(this.#path);
    return [...found.values()];
  }
}

async function add(found: Map<string, Candidate>, folder: string, name: string, declared: boolean): Promise<void> {
  const path = join(folder, name);
  const stats = await statPath(path).catch(() => undefined);
  if (stats?.isFile() === true) found.set(path, { path, folder, name, stats, declared });
}

/** By creation, then by the last write: clocks of file systems are coarse. Names decide what was made in one moment. */
function olderFirst(a: Candidate, b: Candidate): number {
  if (a.stats.birthtimeNs !== b.stats.birthtimeNs) return a.stats.birthtimeNs < b.stats.birthtimeNs ? -1 : 1;
  if (a.stats.mtimeNs !== b.stats.mtimeNs) return a.stats.mtimeNs < b.stats.mtimeNs ? -1 : 1;
  return compareNames(a.name, b.name);
}

function nameMatcher(pattern: string): RegExp {
  const { name, ext } = parse(pattern);
  const text = (name + ext).replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${text.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}

/**
 * The first that can be opened and matches; the others are closed. One that cannot be opened is passed by; it may be unrelated.
 * @throws RetryableError when rotation moved one since it was listed.
 */
async function firstOpen(
  candidates: readonly Candidate[],
  matches: (file: FollowedFile) => Promise<boolean>,
): Promise<FollowedFile | undefined> {
  for (const { path, stats } of candidates) {
    const file = await FollowedFile.open(path).catch(() => undefined);
    if (file === undefined) {
      if ((await statPath(path).catch(() => stats)) === undefined) throw movedMeanwhile(path);
      continue;
    }
    const moved = !isFile(stats, file);
    if (!moved && (await matches(file))) return file;
    await file.close();
    if (moved) throw movedMeanwhile(path);
  }
  return undefined;
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return [];
    throw fileError(error, folder);
  }
}
