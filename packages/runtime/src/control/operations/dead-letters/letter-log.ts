import type { MessageFrames, OutgoingMessage } from "@iggy-connectors/protocol";
import { resolutionMessage } from "../../../shared/dead-letter/dead-letter-message.ts";
import { type DeadLetterRecord, readEntry } from "../../../shared/dead-letter/dead-letter-record.ts";
import { OffsetRanges } from "./offset-ranges.ts";

/** Access to one topic with one partition. */
export interface TopicAccess {
  /** The messages from an offset on; `undefined`: the topic does not exist. */
  poll(from: bigint, count: number): Promise<MessageFrames | undefined>;
  append(messages: readonly OutgoingMessage[]): Promise<void>;
  purge(): Promise<void>;
}

/** Maximum bytes that a poll should return; the number of messages is chosen by the size of the ones before. */
const POLL_BYTES = 4 * 1024 * 1024;
const FIRST_COUNT = 20;
const MAX_COUNT = 1000;
/** Resolutions per request. */
const RESOLVE_COUNT = 1000;

/** A message that was read, to detect that the topic was purged or recreated by someone else. */
interface Landmark {
  readonly offset: bigint;
  readonly timestamp: number;
}

/** The dead letters of one connector in the order they were written, and which of them are resolved. */
export class LetterLog {
  readonly #topic: TopicAccess;
  readonly #resolved = new OffsetRanges();
  /** The first offset that was not searched for resolutions. */
  #seen = 0n;
  #landmark: Landmark | undefined;
  #catchingUp: Promise<void> | undefined;

  constructor(topic: TopicAccess) {
    this.#topic = topic;
  }

  isResolved(id: bigint): boolean {
    return this.#resolved.has(id);
  }

  /** The offset after the newest entry. */
  get end(): bigint {
    return this.#seen;
  }

  /** Reads new entries, so that `isResolved` and `end` are current. */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#catchUp().finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  /** Letters with `from` ≤ id < `end`, in order. */
  async *letters(from: bigint, end: bigint): AsyncGenerator<DeadLetterRecord> {
    for await (const frames of this.#polls(from, end)) {
      for (let index = 0; index < frames.length; index++) {
        const offset = frames.offset(index);
        if (offset < from || offset >= end) continue;
        const entry = readEntry(frames, index);
        if (entry.kind === "letter") yield entry.record;
      }
    }
  }

  async letter(id: bigint): Promise<DeadLetterRecord | undefined> {
    for await (const record of this.letters(id, id + 1n)) return record;
    return undefined;
  }

  /** Records in the topic that letters were delivered. */
  async resolve(ids: readonly bigint[]): Promise<void> {
    for (let at = 0; at < ids.length; at += RESOLVE_COUNT) {
      const part = ids.slice(at, at + RESOLVE_COUNT);
      await this.#topic.append(part.map(resolutionMessage));
      for (const id of part) this.#resolved.add(id);
    }
  }

  async purge(): Promise<void> {
    await this.#topic.purge();
    this.#forget();
  }

  #forget(): void {
    this.#resolved.clear();
    this.#seen = 0n;
    this.#landmark = undefined;
  }

  async #catchUp(): Promise<void> {
    if (this.#landmark !== undefined && !(await this.#isStillThere(this.#landmark))) this.#forget();
    for await (const frames of this.#polls(this.#seen, undefined)) {
      for (let index = 0; index < frames.length; index++) {
        const entry = readEntry(frames, index);
        if (entry.kind === "resolved") this.#resolved.add(entry.letter);
      }
      const last = frames.length - 1;
      this.#landmark = { offset: frames.offset(last), timestamp: frames.timestamp(last) };
      this.#seen = this.#landmark.offset + 1n;
    }
  }

  async #isStillThere({ offset, timestamp }: Landmark): Promise<boolean> {
    const frames = await this.#topic.poll(offset, 1);
    if (frames === undefined || frames.length === 0) return false;
    // If the landmark has expired, the topic returns a later message.
    return frames.offset(0) > offset || (frames.offset(0) === offset && frames.timestamp(0) === timestamp);
  }

  async *#polls(from: bigint, end: bigint | undefined): AsyncGenerator<MessageFrames> {
    let next = from;
    let count = FIRST_COUNT;
    while (end === undefined || next < end) {
      const limit = end === undefined ? count : Number(bigMin(BigInt(count), end - next));
      const frames = await this.#topic.poll(next, limit);
      if (frames === undefined || frames.length === 0) return;
      yield frames;
      next = frames.offset(frames.length - 1) + 1n;
      const average = Math.max(1, frames.buffer.length / frames.length);
      count = Math.max(1, Math.min(MAX_COUNT, Math.floor(POLL_BYTES / average)));
    }
  }
}

function bigMin(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}
