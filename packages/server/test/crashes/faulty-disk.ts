import { dirname } from "node:path";
import type { Files } from "../../src/storage/disk/files.ts";
import { Inode, type SurvivingData } from "./inode.ts";

/** What happens at one operation that changes the disk. */
export type Fault =
  /** The machine stops: when the operation is half done, or right after it. */
  | { readonly kind: "crash"; readonly when: "middle" | "after" }
  /** The operation fails; of a write, half is done. */
  | { readonly kind: "error"; readonly code: "EIO" | "ENOSPC" }
  /** A write takes half of the bytes and says so. */
  | { readonly kind: "short" };

/** What a stop leaves: a process that dies loses nothing, a machine without power what was not synced. */
export interface Survivors {
  /** Names as they are, or as of the last sync of their folder. */
  readonly names: "current" | "synced";
  readonly data: SurvivingData;
}

export const PROCESS_DEATH: Survivors = { names: "current", data: "all" };

const FOLDER = "folder";
type Node = Inode | typeof FOLDER;

/** A disk in memory that fails on demand and forgets what was not synced. Its one folder is `/data`. */
export class FaultyDisk implements Files {
  /** Operations so far that change the disk or promise something about it. */
  operations = 0;
  /** Whether the fault happened. */
  failed = false;
  #crashed = false;
  readonly #faultAt: number;
  readonly #fault: Fault | undefined;
  #names = new Map<string, Node>([["/data", FOLDER]]);
  #syncedNames = new Map<string, Node>([["/data", FOLDER]]);
  readonly #open: (Inode | undefined)[] = [];

  constructor(faultAt = -1, fault?: Fault) {
    this.#faultAt = faultAt;
    this.#fault = fault;
  }

  get openFiles(): number {
    return this.#open.filter((inode) => inode !== undefined).length;
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** The disk as the next start finds it, without faults. */
  restarted(survivors: Survivors): FaultyDisk {
    const next = new FaultyDisk();
    const names = survivors.names === "current" ? this.#names : this.#syncedNames;
    for (const [path, node] of names) {
      if (path !== "/data" && !hasAncestors(names, path)) continue;
      const kept = node === FOLDER ? FOLDER : node.after(survivors.data);
      next.#names.set(path, kept);
      next.#syncedNames.set(path, kept);
    }
    return next;
  }

  async open(path: string, create: boolean): Promise<number> {
    const node = this.#names.get(path);
    if (node instanceof Inode) return this.#open.push(node) - 1;
    if (node === FOLDER) throw systemError("EISDIR", path);
    if (!create || this.#names.get(dirname(path)) !== FOLDER) throw systemError("ENOENT", path);
    const inode = new Inode();
    this.#step(() => this.#names.set(path, inode));
    return this.#open.push(inode) - 1;
  }

  async close(descriptor: number): Promise<void> {
    this.#open[descriptor] = undefined;
  }

  async read(descriptor: number, target: Uint8Array, at: number, length: number, position: number): Promise<number> {
    this.#checkRunning();
    return this.#inode(descriptor).read(target, at, length, position);
  }

  write(descriptor: number, buffers: readonly Buffer[], position: number): number {
    const inode = this.#inode(descriptor);
    const bytes = Buffer.concat(buffers);
    const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
    let written = bytes.length;
    this.#step(
      () => inode.write(bytes, position),
      () => {
        inode.write(half, position);
        written = half.length;
      },
      "may be short",
    );
    return written;
  }

  async truncate(descriptor: number, length: number): Promise<void> {
    const inode = this.#inode(descriptor);
    if (inode.size !== length) this.#step(() => inode.truncate(length));
  }

  async sync(descriptor: number): Promise<void> {
    const inode = this.#inode(descriptor);
    // A failed sync takes the data from the queue and does not say so again.
    this.#step(
      () => inode.sync(),
      () => inode.loseUnsynced(),
    );
  }

  async syncFolder(path: string): Promise<void> {
    if (this.#names.get(path) !== FOLDER) throw systemError("ENOENT", path);
    this.#step(() => {
      for (const known of [...this.#syncedNames.keys()]) {
        if (dirname(known) === path && !this.#names.has(known)) removeTree(this.#syncedNames, known);
      }
      for (const [known, node] of this.#names) {
        if (dirname(known) === path) this.#syncedNames.set(known, node);
      }
    });
  }

  async makeFolder(path: string): Promise<void> {
    if (this.#names.get(path) === FOLDER) return;
    await this.makeFolder(dirname(path));
    this.#step(() => this.#names.set(path, FOLDER));
  }

  async list(path: string): Promise<string[]> {
    this.#checkRunning();
    if (this.#names.get(path) !== FOLDER) throw systemError("ENOENT", path);
    return [...this.#names.keys()]
      .filter((known) => known !== path && dirname(known) === path)
      .map((known) => known.slice(path.length + 1));
  }

  async size(path: string): Promise<number> {
    return this.#file(path).size;
  }

  async readAll(path: string): Promise<Buffer> {
    return Buffer.from(this.#file(path).data);
  }

  async rename(from: string, to: string): Promise<void> {
    const inode = this.#file(from);
    this.#step(() => {
      this.#names.delete(from);
      this.#names.set(to, inode);
    });
  }

  async unlink(path: string): Promise<void> {
    this.#file(path);
    this.#step(() => this.#names.delete(path));
  }

  async remove(path: string): Promise<void> {
    if (this.#names.has(path)) this.#step(() => removeTree(this.#names, path));
  }

  /** Does one operation, or what the fault makes of it. `half`: what is left of it when it fails in the middle. */
  #step(whole: () => unknown, half: () => unknown = () => undefined, write?: "may be short"): void {
    this.#checkRunning();
    const fault = this.operations++ === this.#faultAt ? this.#fault : undefined;
    if (fault === undefined || (fault.kind === "short" && write === undefined)) {
      whole();
      return;
    }
    this.failed = true;
    if (fault.kind === "crash" && fault.when === "after") whole();
    else half();
    if (fault.kind === "crash") {
      this.#crashed = true;
      this.#checkRunning();
    }
    if (fault.kind === "error") throw systemError(fault.code, "injected");
  }

  #checkRunning(): void {
    if (this.#crashed) throw new Error("the machine is down");
  }

  #inode(descriptor: number): Inode {
    this.#checkRunning();
    const inode = this.#open[descriptor];
    if (inode === undefined) throw systemError("EBADF", String(descriptor));
    return inode;
  }

  #file(path: string): Inode {
    this.#checkRunning();
    const node = this.#names.get(path);
    if (!(node instanceof Inode)) throw systemError("ENOENT", path);
    return node;
  }
}

function hasAncestors(names: ReadonlyMap<string, Node>, path: string): boolean {
  const parent = dirname(path);
  return parent === "/" || (names.get(parent) === FOLDER && hasAncestors(names, parent));
}

function removeTree(names: Map<string, Node>, path: string): void {
  for (const known of [...names.keys()]) if (known === path || known.startsWith(`${path}/`)) names.delete(known);
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
