import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { DESCRIPTORS_FIX, FatalError, isOutOfDescriptors, RetryableError } from "@iggy-connectors/sdk";
import { replaceFile } from "./replace-file.ts";

/** What a source's checkpoint file holds. */
interface CheckpointRecord {
  readonly version: 1;
  readonly connector: string;
  /** RFC 3339. */
  readonly updated_at: string;
  readonly checkpoint: unknown;
}

/** Reads the original runtime's MessagePack state; undefined: not understood. */
export type ImportState = (bytes: Uint8Array) => unknown;

export interface LoadedCheckpoint {
  /** Undefined: a fresh start. */
  readonly checkpoint: unknown;
  /** Imported from the original runtime's file, of which a copy is kept at this path. */
  readonly importedFrom?: string;
}

const OPENING_BRACE = 0x7b;
const PRIVATE = 0o600;

/** A source's checkpoint on disk, replaced atomically: a reader sees the old one or the new one, after any crash. */
export class CheckpointFile {
  readonly path: string;
  readonly #connector: string;

  constructor(path: string, connector: string) {
    this.path = path;
    this.#connector = connector;
  }

  /**
   * The stored checkpoint. A missing file is a fresh start. An empty one has lost its content,
   * and is no fresh start, as nothing else is that cannot be read.
   * @throws RetryableError `IGC_STATE_DESCRIPTORS`; FatalError `IGC_STATE_INVALID` when the content is not understood, `IGC_STATE_DIRECTORY` when the folder is
   * missing or may not be used, `IGC_STATE_UNREADABLE` for any other failure.
   */
  async load(importState: ImportState | undefined): Promise<LoadedCheckpoint> {
    const bytes = await this.#read();
    if (bytes === undefined) {
      await this.#checkFolder();
      return { checkpoint: undefined };
    }
    if (bytes.length === 0) throw this.#invalid("the file is empty, so its content was lost");
    if (bytes[0] === OPENING_BRACE) return { checkpoint: this.#parse(bytes.toString("utf8")) };
    return this.#import(bytes, importState);
  }

  /**
   * Stores a checkpoint durably: returning means that it survives a crash of the machine.
   * @throws RetryableError `IGC_STATE_WRITE` or `IGC_STATE_DESCRIPTORS`, the old checkpoint is then still there; FatalError `IGC_STATE_CHECKPOINT`
   * when JSON cannot represent it.
   */
  async save(checkpoint: unknown, now: Date = new Date()): Promise<void> {
    const record: CheckpointRecord = {
      version: 1,
      connector: this.#connector,
      updated_at: now.toISOString(),
      checkpoint,
    };
    const text = this.#serialise(record);
    try {
      await replaceFile(this.path, text, `${this.path}.tmp`);
    } catch (cause) {
      this.#throwIfOutOfDescriptors(cause);
      throw new RetryableError(`the checkpoint cannot be written: ${messageOf(cause)}`, {
        code: "IGC_STATE_WRITE",
        place: this.path,
        fix: "check that the folder of state.path exists, is writable and has free space",
        cause,
      });
    }
  }

  /** Deletes the checkpoint, also one of the original runtime: the source starts from the beginning. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  #serialise(record: CheckpointRecord): string {
    try {
      return `${JSON.stringify(record)}\n`;
    } catch (cause) {
      throw new FatalError(`the source's checkpoint cannot be written as JSON: ${messageOf(cause)}`, {
        code: "IGC_STATE_CHECKPOINT",
        place: this.path,
        fix: "correct the plugin: a checkpoint is made of JSON values, with large integers as text",
        cause,
      });
    }
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      return await readFile(this.path);
    } catch (cause) {
      if (codeOf(cause) === "ENOENT") return undefined;
      this.#throwIfOutOfDescriptors(cause);
      throw new FatalError(`the checkpoint cannot be read: ${messageOf(cause)}`, {
        code: "IGC_STATE_UNREADABLE",
        place: this.path,
        fix: "let the runtime's user read and write this file",
        cause,
      });
    }
  }

  /** A fresh start needs a writable folder, else everything would be produced again at every restart. */
  async #checkFolder(): Promise<void> {
    const probe = `${this.path}.tmp`;
    try {
      await writeFile(probe, "", { mode: PRIVATE });
      await rm(probe, { force: true });
    } catch (cause) {
      this.#throwIfOutOfDescriptors(cause);
      const missing = codeOf(cause) === "ENOENT";
      const folder = dirname(this.path);
      throw new FatalError(
        missing
          ? `the folder for checkpoints does not exist: ${folder}`
          : `the folder for checkpoints cannot be written: ${messageOf(cause)}`,
        {
          code: "IGC_STATE_DIRECTORY",
          place: this.path,
          fix: missing
            ? "create it, or correct state.path (a connector's key must not contain /)"
            : "correct its owner and mode",
          cause,
        },
      );
    }
  }

  #parse(text: string): unknown {
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch (cause) {
      throw this.#invalid(`it is not JSON: ${messageOf(cause)}`, cause);
    }
    const { version, connector, checkpoint } = record as Partial<CheckpointRecord>;
    if (version !== 1) throw this.#invalid(`its version is ${JSON.stringify(version)}, this runtime reads version 1`);
    if (connector !== this.#connector) {
      throw this.#invalid(
        `it belongs to connector ${JSON.stringify(connector)}, not to ${JSON.stringify(this.#connector)}`,
      );
    }
    if (checkpoint === undefined) throw this.#invalid("it has no checkpoint");
    return checkpoint;
  }

  async #import(bytes: Buffer, importState: ImportState | undefined): Promise<LoadedCheckpoint> {
    let checkpoint: unknown;
    try {
      checkpoint = importState?.(bytes);
    } catch (cause) {
      throw this.#invalid(
        `it looks like state of the original runtime, which this source cannot read: ${messageOf(cause)}`,
        cause,
      );
    }
    if (checkpoint === undefined) {
      throw this.#invalid("it is neither JSON nor state of the original runtime that this source can import");
    }
    const importedFrom = `${this.path}.original`;
    try {
      // The first copy is the one to keep: a later start never overwrites it.
      await writeFile(importedFrom, bytes, { mode: PRIVATE, flag: "wx" });
    } catch (cause) {
      this.#throwIfOutOfDescriptors(cause);
      if (codeOf(cause) !== "EEXIST")
        throw this.#invalid(`the copy ${importedFrom} cannot be written: ${messageOf(cause)}`, cause);
    }
    await this.save(checkpoint);
    return { checkpoint, importedFrom };
  }

  /** A descriptor may be free at the next attempt: nothing is wrong with the file, its folder or their modes. */
  #throwIfOutOfDescriptors(cause: unknown): void {
    if (!isOutOfDescriptors(cause)) return;
    throw new RetryableError(`the checkpoint cannot be opened: too many open files (${codeOf(cause)})`, {
      code: "IGC_STATE_DESCRIPTORS",
      place: this.path,
      fix: DESCRIPTORS_FIX,
      cause,
    });
  }

  #invalid(reason: string, cause?: unknown): FatalError {
    return new FatalError(`the stored checkpoint cannot be used: ${reason}`, {
      code: "IGC_STATE_INVALID",
      place: this.path,
      fix: "restore the file from a backup, or remove it to start from the beginning of the source",
      cause,
    });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
