import {
  type CommittedOffset,
  CommittedOffsetMovedError,
  type ConsumeResult,
  indexAfter,
  type Logger,
  type MessageBatch,
  type PartitionRef,
  RejectedError,
  type RejectedMessage,
} from "@iggy-connectors/sdk";
import type { S3SinkConfig } from "./config.ts";
import type { Format } from "./formats/format.ts";
import { type FolderTemplate, nameTag, objectName } from "./names.ts";
import { ObjectDraft } from "./object-draft.ts";
import { isSame, nameTaken, type ObjectContent, type Reach, reachOf, toMetadata } from "./object-metadata.ts";
import { type OffsetEntry, OffsetObject } from "./offset-object.ts";
import type { ObjectStore } from "./store/object-store.ts";

const MAX_RACES = 10;
/** Names for the same messages that other writers may have taken before it is an error. */
const MAX_TAKEN_NAMES = 100;
/** Names whose objects the credentials may not be allowed to see before that is an error. */
const MAX_HIDDEN_NAMES = 3;

export interface PartitionDependencies {
  readonly connector: string;
  readonly config: S3SinkConfig;
  readonly store: ObjectStore;
  readonly format: Format;
  readonly folders: FolderTemplate;
  /** The store tells a missing object from one that these credentials may not see. */
  readonly missingIsKnown: boolean;
  readonly logger: Logger;
  /** An object was written. */
  onWritten(messages: number, bytes: number): void;
}

/**
 * The objects of one partition, each beginning where the one before ended. Invariant 10: only its first offset names an object,
 * and it is written only if there is none of this name. So all writers of the partition, also a stale
 * runtime, add to one chain: the second to write a link finds the first one's, and continues after it.
 */
export class PartitionObjects {
  /** `history` is that of the messages that were taken last. */
  #ref: PartitionRef;
  readonly #dependencies: PartitionDependencies;
  /** Absent: at least once; names then say the last offset too, so that no object ever replaces a longer one. */
  #offsets: OffsetObject | undefined;
  /** The last message that is in an object. */
  #through: Reach | undefined;
  /** The last offset that was taken; at least `#through`. */
  #taken: bigint | undefined;
  /** Full objects in their order; the last one is still open if `#open`. */
  #drafts: ObjectDraft[] = [];
  #open = false;

  constructor(ref: PartitionRef, dependencies: PartitionDependencies) {
    this.#ref = ref;
    this.#dependencies = dependencies;
  }

  /** Reads from the store how far the partition is written, and relies on it from now on. */
  async position(signal: AbortSignal): Promise<CommittedOffset | undefined> {
    this.#offsets ??= this.#newOffsetObject();
    await this.#offsets.load(signal);
    const { history } = this.#offsets.entry;
    this.#ref = { ...this.#ref, history };
    this.#through = await this.#reach(this.#offsets, signal);
    this.discard();
    if (!this.#offsets.exists) return undefined;
    return { offset: this.#through?.offset, history, timestamp: this.#through?.time };
  }

  /** Takes a batch into memory. Complete objects are written first, so that a batch is taken whole or not at all. */
  async take(batch: MessageBatch, signal: AbortSignal): Promise<ConsumeResult> {
    this.#dependencies.format.checkSchema(batch);
    await this.#follow(batch.history, signal);
    await this.#write(this.#open ? 1 : 0, signal);
    const rejected: RejectedMessage[] = [];
    for (let index = this.#firstNew(batch); index < batch.length; index++) this.#add(batch, index, rejected);
    if (batch.length > 0 && (this.#taken === undefined || batch.lastOffset > this.#taken))
      this.#taken = batch.lastOffset;
    return { rejected };
  }

  /** Invariant 8: offsets of two histories of a topic have nothing in common, and their objects get names of their own. */
  async #follow(history: string | undefined, signal: AbortSignal): Promise<void> {
    const before = this.#ref.history;
    if (history === undefined || history === before) return;
    if (before !== undefined) {
      await this.flush(signal);
      await this.#offsets?.reset(0n, history, signal);
      this.#through = undefined;
      this.discard();
    }
    // What was recorded before histories were known is taken for the current one's.
    this.#ref = { ...this.#ref, history };
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
    this.#taken = this.#through?.offset;
  }

  /** The next message will be `next`, by an operator or in another history, and its objects get new names. */
  async reset(next: bigint, history: string | undefined, signal: AbortSignal): Promise<void> {
    this.#offsets ??= this.#newOffsetObject();
    await this.#offsets.reset(next, history, signal);
    const { entry } = this.#offsets;
    this.#ref = { ...this.#ref, history: entry.history };
    this.#through = toReach(entry);
    this.discard();
  }

  /** The messages through this offset need no object. Only while nothing is staged. */
  async ended(through: bigint, signal: AbortSignal): Promise<void> {
    this.#offsets ??= this.#newOffsetObject();
    if (this.#through !== undefined && through <= this.#through.offset) return;
    const { generation } = this.#offsets.entry;
    const entry = { version: 1, through: String(through), next: null, generation, ...this.#history } as const;
    if (!(await this.#offsets.write(entry, signal))) throw moved(this.#ref);
    this.#through = { offset: through, time: undefined };
    this.discard();
  }

  #newOffsetObject(): OffsetObject {
    const { store, config, connector } = this.#dependencies;
    return new OffsetObject(store, config.prefix, connector, this.#ref);
  }

  /** A batch comes again after an error, or from an older offset of Iggy's: what is in objects must not be written twice. */
  #firstNew(batch: MessageBatch): number {
    const taken = this.#taken;
    // Without a position nothing is known of other batches: replayed dead letters come in any order.
    return this.#offsets === undefined || taken === undefined ? 0 : indexAfter(batch, taken);
  }

  #add(batch: MessageBatch, index: number, rejected: RejectedMessage[]): void {
    const { folders, format } = this.#dependencies;
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
    const { file_rotation, max_file_size, max_messages_per_file } = this.#dependencies.config;
    if (file_rotation !== "messages" && size >= max_file_size) return true;
    return file_rotation !== "size" && max_messages_per_file !== undefined && length >= max_messages_per_file;
  }

  /** Writes the oldest objects until `keep` are left, one after the other: each must end before the next one's name is known. */
  async #write(keep: number, signal: AbortSignal): Promise<void> {
    while (this.#drafts.length > keep) {
      const draft = this.#drafts[0] as ObjectDraft;
      const reach =
        this.#offsets === undefined
          ? await this.#writeAnyway(draft, signal)
          : await this.#writeOnce(draft, this.#offsets, signal);
      this.#through = reach;
      if (reach.offset === draft.last) this.#drafts.shift()?.release();
      else this.#continueAfter(reach.offset, draft);
    }
  }

  #continueAfter(reach: bigint, { first }: ObjectDraft): void {
    this.#dependencies.logger.info(
      `the object that begins at offset ${first} exists already, up to ${reach}: continuing after it`,
      {
        ...this.#ref,
      },
    );
    for (const draft of this.#drafts) draft.dropThrough(reach);
    if (this.#open && this.#drafts.at(-1)?.length === 0) this.#open = false;
    this.#drafts = this.#drafts.filter(({ length }) => length > 0);
    if (this.#taken === undefined || reach > this.#taken) this.#taken = reach;
  }

  /** @returns the last message in objects now: the draft's, or that of the object which was there before. */
  async #writeOnce(draft: ObjectDraft, offsets: OffsetObject, signal: AbortSignal): Promise<Reach> {
    let { generation } = offsets.entry;
    for (let race = 0; race < MAX_RACES; race++) {
      const key = this.#nameOf(draft, undefined, generation);
      if (!(await offsets.write(this.#entryBefore(key, generation), signal))) {
        if (offsets.entry.generation !== generation) throw moved(this.#ref);
        const reach = await this.#reach(offsets, signal);
        if (reach !== undefined && reach.offset >= draft.first) return reach;
        // The record went back, or somewhere else: what lies between is not known here.
        if (reach?.offset !== this.#through?.offset) throw moved(this.#ref);
        continue;
      }
      if ((await this.#create(key, draft, true, signal)) === "created") return draft.end;
      const metadata = await this.#dependencies.store.metadata(key, signal);
      // It was deleted between the two requests: then it can be written.
      if (metadata === undefined) continue;
      const reach = reachOf(metadata, this.#dependencies.connector, this.#ref);
      if (reach === undefined) throw nameTaken(key, metadata);
      if (reach !== "past") return reach;
      generation += 1;
    }
    throw moved(this.#ref);
  }

  /** What is stored before an object is written. */
  #entryBefore(key: string, generation: number): OffsetEntry {
    const { offset, time } = this.#through ?? {};
    return {
      version: 1,
      through: offset === undefined ? null : String(offset),
      ...(time === undefined ? {} : { time }),
      next: key,
      generation,
      ...this.#history,
    };
  }

  get #history(): Pick<OffsetEntry, "history"> {
    const { history } = this.#ref;
    return history === undefined ? {} : { history };
  }

  /** At least once: the same messages of an earlier attempt are replaced, an object of anybody else never is. */
  async #writeAnyway(draft: ObjectDraft, signal: AbortSignal): Promise<Reach> {
    const key = await this.#ownName(draft, signal);
    await this.#create(key, draft, false, signal);
    return draft.end;
  }

  /** The first name for these messages that no other writer's object has. */
  async #ownName(draft: ObjectDraft, signal: AbortSignal): Promise<string> {
    const { store, missingIsKnown } = this.#dependencies;
    if (!missingIsKnown) return this.#nameOf(draft, draft.last, 0, nameTag(this.#ref));
    for (let generation = 0; ; generation++) {
      const key = this.#nameOf(draft, draft.last, generation);
      // Denied time and again it is no longer about single objects.
      const there = await store.look(key, generation < MAX_HIDDEN_NAMES, signal);
      if (there === "nothing" || (there !== "hidden" && isSame(there, this.#contentOf(draft)))) return key;
      if (generation === MAX_TAKEN_NAMES) throw nameTaken(key, there === "hidden" ? {} : there);
    }
  }

  async #create(key: string, draft: ObjectDraft, onlyNew: boolean, signal: AbortSignal): Promise<"created" | "exists"> {
    const { store, format, onWritten } = this.#dependencies;
    const body = await draft.encode();
    const { length: messages } = draft;
    const metadata = toMetadata(this.#contentOf(draft));
    const outcome = await store.create({ key, body, contentType: format.contentType, metadata, onlyNew }, signal);
    if (outcome === "created") onWritten(messages, body.length);
    return outcome;
  }

  /** What the stored offset says, and the one object that may have come after it. */
  async #reach(offsets: OffsetObject, signal: AbortSignal): Promise<Reach | undefined> {
    const { store, connector } = this.#dependencies;
    const { next, history } = offsets.entry;
    const stored = toReach(offsets.entry);
    if (next === null) return stored;
    const metadata = await store.metadata(next, signal);
    if (metadata === undefined) await store.abortUploads(next, signal);
    const reach = metadata && reachOf(metadata, connector, { ...this.#ref, history });
    // Where another writer's object has the name, the own one was never written.
    return reach === undefined || reach === "past" ? stored : reach;
  }

  #contentOf({ first, last, end, length: messages }: ObjectDraft): ObjectContent {
    return { ...this.#ref, connector: this.#dependencies.connector, first, last, messages, time: end.time };
  }

  #nameOf(draft: ObjectDraft, last: bigint | undefined, generation: number, tag?: string): string {
    const { folders, format } = this.#dependencies;
    const folder = folders.render(this.#ref, draft.time);
    const { partition } = this.#ref;
    return objectName({ folder, partition, first: draft.first, last, generation, tag, extension: format.extension });
  }
}

function toReach({ through, time }: OffsetEntry): Reach | undefined {
  return through === null ? undefined : { offset: BigInt(through), time };
}

function moved({ stream, topic, partition }: PartitionRef): CommittedOffsetMovedError {
  return new CommittedOffsetMovedError(
    `the stored offset of ${stream}/${topic}, partition ${partition}, was changed by another writer`,
    {
      code: "IGC_SINK_S3_RACE",
      place: `${stream}/${topic}/${partition}`,
      fix: "none if it happens once; if it comes again, stop other connectors with this key and prefix",
    },
  );
}
