import {
  type ConsumeResult,
  indexAfter,
  type Logger,
  type MessageBatch,
  type PartitionRef,
  RejectedError,
  type RejectedMessage,
  RetryableError,
} from "@iggy-connectors/sdk";
import type { S3SinkConfig } from "./config.ts";
import type { Format } from "./formats/format.ts";
import { Ledger } from "./ledger.ts";
import { type FolderTemplate, objectName } from "./names.ts";
import { ObjectDraft } from "./object-draft.ts";
import { nameTaken, reachOf, toMetadata } from "./object-metadata.ts";
import type { ObjectStore } from "./store/object-store.ts";

const MAX_RACES = 10;

export interface PartitionParts {
  readonly connector: string;
  readonly config: S3SinkConfig;
  readonly store: ObjectStore;
  readonly format: Format;
  readonly folders: FolderTemplate;
  readonly logger: Logger;
  /** An object was written. */
  onWritten(messages: number, bytes: number): void;
}

/**
 * The objects of one partition, each beginning where the one before ended. Invariant 10: only its first offset names an object,
 * and it is written only if there is none of this name. So whoever writes the partition, also a runtime that was thought
 * dead, adds to one chain: the second to write a link finds the first one's, and goes on behind it.
 */
export class PartitionObjects {
  readonly #ref: PartitionRef;
  readonly #parts: PartitionParts;
  /** Absent: at least once; names then say the last offset too, so that no object ever replaces a longer one. */
  #ledger: Ledger | undefined;
  /** The last offset that is in an object. */
  #through: bigint | undefined;
  /** The last offset that was taken; at least `#through`. */
  #taken: bigint | undefined;
  /** Full objects in their order; the last one is still open if `#open`. */
  #drafts: ObjectDraft[] = [];
  #open = false;

  constructor(ref: PartitionRef, parts: PartitionParts) {
    this.#ref = ref;
    this.#parts = parts;
  }

  /** Reads how far the objects in the store reach, and keeps to it from now on. */
  async position(signal: AbortSignal): Promise<bigint | undefined> {
    this.discard();
    this.#ledger ??= this.#newLedger();
    await this.#ledger.load(signal);
    this.#through = await this.#reach(this.#ledger, signal);
    this.#taken = this.#through;
    return this.#through;
  }

  /** Takes a batch into memory. What is full already is written first, so that a batch is taken whole or not at all. */
  async take(batch: MessageBatch, signal: AbortSignal): Promise<ConsumeResult> {
    this.#parts.format.checkSchema(batch);
    await this.#write(this.#open ? 1 : 0, signal);
    const rejected: RejectedMessage[] = [];
    for (let index = this.#firstNew(batch); index < batch.length; index++) this.#add(batch, index, rejected);
    if (batch.length > 0 && (this.#taken === undefined || batch.lastOffset > this.#taken))
      this.#taken = batch.lastOffset;
    return { rejected };
  }

  /** Writes everything that was taken. Repeating it after an error is safe. */
  async flush(signal: AbortSignal): Promise<void> {
    this.#open = false;
    await this.#write(0, signal);
  }

  /** Forgets what was taken but is in no object. */
  discard(): void {
    this.#drafts = [];
    this.#open = false;
    this.#taken = this.#through;
  }

  /** The next message will be `next`, by an operator's order: its objects get names of their own. */
  async reset(next: bigint, signal: AbortSignal): Promise<void> {
    this.#ledger ??= this.#newLedger();
    await this.#ledger.reset(next, signal);
    this.#through = toOffset(this.#ledger.entry.through);
    this.discard();
  }

  #newLedger(): Ledger {
    const { store, config, connector } = this.#parts;
    return new Ledger(store, config.prefix, connector, this.#ref);
  }

  /** A batch comes again after an error, or from an older offset of Iggy's: what is in objects must not be written twice. */
  #firstNew(batch: MessageBatch): number {
    const taken = this.#taken;
    // Without a position nothing is known of other batches: replayed dead letters come in any order.
    return this.#ledger === undefined || taken === undefined ? 0 : indexAfter(batch, taken);
  }

  #add(batch: MessageBatch, index: number, rejected: RejectedMessage[]): void {
    const { folders, format } = this.#parts;
    const offset = batch.offset(index);
    let draft = this.#open ? this.#drafts.at(-1) : undefined;
    // Messages that a transform made of one share their offset and stay together.
    if (draft !== undefined && draft.length > 0 && offset > draft.last) {
      if (this.#isFull(draft) || !folders.together(draft.time, batch.timestamp(index))) draft = undefined;
    }
    const isNew = draft === undefined;
    draft ??= new ObjectDraft(format.begin());
    try {
      draft.add(batch, index);
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      // Invariant 6: one bad message never fails its batch.
      if (rejected.at(-1)?.offset !== offset) rejected.push({ offset, error });
      return;
    }
    if (isNew) this.#drafts.push(draft);
    this.#open = true;
  }

  #isFull({ size, length }: ObjectDraft): boolean {
    const { file_rotation, max_file_size, max_messages_per_file } = this.#parts.config;
    if (file_rotation !== "messages" && size >= max_file_size) return true;
    return file_rotation !== "size" && max_messages_per_file !== undefined && length >= max_messages_per_file;
  }

  /** Writes the oldest objects until `keep` are left, one after the other: each must end before the next one's name is known. */
  async #write(keep: number, signal: AbortSignal): Promise<void> {
    while (this.#drafts.length > keep) {
      const draft = this.#drafts[0] as ObjectDraft;
      const reach =
        this.#ledger === undefined
          ? await this.#writeAnyway(draft, signal)
          : await this.#writeOnce(draft, this.#ledger, signal);
      this.#through = reach;
      if (reach === draft.last) this.#drafts.shift()?.release();
      else this.#goOnBehind(reach, draft);
    }
  }

  #goOnBehind(reach: bigint, { first }: ObjectDraft): void {
    this.#parts.logger.info(
      `the object that begins at offset ${first} exists already, up to ${reach}: going on behind it`,
      {
        ...this.#ref,
      },
    );
    for (const draft of this.#drafts) draft.dropThrough(reach);
    if (this.#open && this.#drafts.at(-1)?.length === 0) this.#open = false;
    this.#drafts = this.#drafts.filter(({ length }) => length > 0);
    if (this.#taken === undefined || reach > this.#taken) this.#taken = reach;
  }

  /** @returns the last offset in objects now: the draft's, or that of the object which was there before. */
  async #writeOnce(draft: ObjectDraft, ledger: Ledger, signal: AbortSignal): Promise<bigint> {
    for (let race = 0; race < MAX_RACES; race++) {
      const key = this.#nameOf(draft, undefined, ledger.entry.generation);
      const through = this.#through === undefined ? null : String(this.#through);
      const { generation } = ledger.entry;
      if (!(await ledger.write({ version: 1, through, next: key, generation }, signal))) {
        if (ledger.entry.generation !== generation) throw moved(this.#ref);
        const reach = await this.#reach(ledger, signal);
        if (reach !== undefined && reach >= draft.first) return reach;
        continue;
      }
      if ((await this.#create(key, draft, true, signal)) === "created") return draft.last;
      const metadata = await this.#parts.store.metadata(key, signal);
      // Somebody removed it between two looks: then it can be written.
      if (metadata === undefined) continue;
      const reach = reachOf(metadata, this.#parts.connector, this.#ref);
      if (reach === undefined) throw nameTaken(key, metadata);
      return reach;
    }
    throw moved(this.#ref);
  }

  async #writeAnyway(draft: ObjectDraft, signal: AbortSignal): Promise<bigint> {
    await this.#create(this.#nameOf(draft, draft.last, 0), draft, false, signal);
    return draft.last;
  }

  async #create(key: string, draft: ObjectDraft, onlyNew: boolean, signal: AbortSignal): Promise<"created" | "exists"> {
    const { store, format, connector, onWritten } = this.#parts;
    const body = await draft.encode();
    const { first, last, length: messages } = draft;
    const metadata = toMetadata({ ...this.#ref, connector, first, last, messages });
    const outcome = await store.create({ key, body, contentType: format.contentType, metadata, onlyNew }, signal);
    if (outcome === "created") onWritten(messages, body.length);
    return outcome;
  }

  /** What the ledger says, and the one object that may have come after it. */
  async #reach(ledger: Ledger, signal: AbortSignal): Promise<bigint | undefined> {
    const { store, connector } = this.#parts;
    const { next, through } = ledger.entry;
    if (next === null) return toOffset(through);
    const metadata = await store.metadata(next, signal);
    if (metadata === undefined) await store.abortUploads(next, signal);
    // Where somebody else's object has the name, ours was never written.
    return (metadata && reachOf(metadata, connector, this.#ref)) ?? toOffset(through);
  }

  #nameOf(draft: ObjectDraft, last: bigint | undefined, generation: number): string {
    const { folders, format } = this.#parts;
    const folder = folders.render(this.#ref, draft.time);
    const { partition } = this.#ref;
    return objectName({ folder, partition, first: draft.first, last, generation, extension: format.extension });
  }
}

function toOffset(text: string | null): bigint | undefined {
  return text === null ? undefined : BigInt(text);
}

function moved({ stream, topic, partition }: PartitionRef): RetryableError {
  return new RetryableError(
    `the position of ${stream}/${topic}, partition ${partition}, was changed by somebody else`,
    {
      code: "IGC_SINK_S3_RACE",
      place: `${stream}/${topic}/${partition}`,
      fix: "stop other connectors with this key and prefix; if the offset was set, restart the connector",
    },
  );
}
