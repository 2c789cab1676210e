import type { BigIntStats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "@iggy-connectors/sdk";
import { fileError } from "./errors.ts";
import { FollowedFile } from "./followed-file.ts";
import type { FileIdentity, FilePosition } from "./position.ts";

/** What rotation appends to a name: `.1`, `-20260131`, `.2026-01-31T10`; never `.gz` and the like. */
const ROTATED_SUFFIX = /^[.-]\d[\d.:T_-]*$/;
/** A counter, where 1 is the newest; longer digits are a date, where the largest is the newest. */
const COUNTER_SUFFIX = /^[.-]\d{1,4}$/;

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

/** The file that was being read, under the name that rotation gave it. */
export function findRotated(path: string, { identity, offset }: FilePosition): Promise<FollowedFile | undefined> {
  return findSibling(path, async (file) => file.isSameInode(identity) && (await file.stillHolds(identity, offset)));
}

/** The copy that copy-and-truncate rotation made: another file with the same beginning and more than what was read. */
export async function findCopy(path: string, position: FilePosition): Promise<FollowedFile | undefined> {
  const { identity, offset } = position;
  if (identity.fingerprint_bytes === 0) return undefined;
  return findSibling(
    path,
    async (file) =>
      file.inode !== identity.inode && (await file.size()) > offset && (await file.stillHolds(identity, offset)),
  );
}

/**
 * What to read when `finished` is read to its end: the file that rotation moved away next, at last `path` itself.
 * `undefined` when nothing is at `path` yet.
 */
export async function findNext(path: string, finished: FollowedFile): Promise<FollowedFile | undefined> {
  const rotated = await rotatedFiles(path);
  const found = rotated.findIndex(({ stats }) => isFile(stats, finished));
  const finishedAt = await finished.modified();
  // A removed file has no name any more, so that times decide which files came after it.
  const later = found === -1 ? rotated.filter(({ stats }) => stats.mtimeNs > finishedAt) : rotated.slice(found + 1);
  for (const candidate of later) {
    const file = await openQuietly(candidate.path);
    if (file !== undefined) return file;
  }
  return FollowedFile.open(path);
}

async function findSibling(
  path: string,
  matches: (file: FollowedFile) => Promise<boolean>,
): Promise<FollowedFile | undefined> {
  for (const candidate of (await rotatedFiles(path)).reverse()) {
    const file = await openQuietly(candidate.path);
    if (file === undefined) continue;
    if (await matches(file)) return file;
    await file.close();
  }
  return undefined;
}

interface RotatedFile {
  readonly path: string;
  readonly stats: BigIntStats;
}

/** Oldest first. */
async function rotatedFiles(path: string): Promise<RotatedFile[]> {
  const folder = dirname(path);
  const name = basename(path);
  const suffixes = (await names(folder))
    .filter((other) => other.startsWith(name))
    .map((other) => other.slice(name.length))
    .filter((suffix) => ROTATED_SUFFIX.test(suffix))
    .sort(olderFirst);
  const files: RotatedFile[] = [];
  for (const suffix of suffixes) {
    const candidate = join(folder, name + suffix);
    const stats = await statPath(candidate);
    if (stats?.isFile() === true) files.push({ path: candidate, stats });
  }
  return files;
}

function olderFirst(a: string, b: string): number {
  const counters = [COUNTER_SUFFIX.test(a), COUNTER_SUFFIX.test(b)];
  if (counters[0] && counters[1]) return Number(b.slice(1)) - Number(a.slice(1));
  if (counters[0] !== counters[1]) return counters[0] ? 1 : -1;
  return a < b ? -1 : 1;
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw fileError(error, folder);
  }
}

/** A sibling that cannot be opened is ignored; it may be unrelated. */
async function openQuietly(path: string): Promise<FollowedFile | undefined> {
  try {
    return await FollowedFile.open(path);
  } catch {
    return undefined;
  }
}
