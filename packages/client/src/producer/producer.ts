import { type OutgoingMessage, type Partitioning, partitionForKey } from "@iggy-connectors/protocol";
import { WeightedSemaphore } from "../concurrency/weighted-semaphore.ts";
import { CODE, IggyError, toIggyError } from "../errors/errors.ts";
import { checkPartitioning } from "./check-send.ts";
import type { ResolvedProducerOptions } from "./options.ts";
import { type CarryBatch, PartitionSender } from "./partition-sender.ts";
import { PendingSend, type SentRange } from "./pending-send.ts";
import { prepareMessages } from "./prepare-messages.ts";
import { messageBytes } from "./request-size.ts";

/** What a producer needs of a client. */
export interface ProducerPort {
  readonly carry: CarryBatch;
  /** Asks the server for the topic's number of partitions. */
  partitionsCount(): Promise<number>;
}

export interface SendCallOptions {
  /** Instead of the producer's. */
  readonly partitioning?: Partitioning;
}

/** Milliseconds for which a number of partitions is trusted; topics seldom grow or shrink. */
const TRUSTED_FOR = 5000;
/** Sends that may wait for capacity; their callers did not wait for `ready`. */
const MAX_WAITING = 4096;

/**
 * Gathers messages into batches and sends them to the partitions of one topic. Order is kept per partition: what is
 * sent later is stored later. Made by `IggyClient.createProducer`.
 */
export class IggyProducer {
  readonly #port: ProducerPort;
  readonly #options: ResolvedProducerOptions;
  readonly #budget: WeightedSemaphore;
  readonly #senders = new Map<number, PartitionSender>();
  /** Not settled yet, in order. */
  readonly #open = new Set<PendingSend>();
  /** Waiting for capacity, or for the number of partitions, in order. */
  readonly #waiting: PendingSend[] = [];
  readonly #closing = new AbortController();
  #reservedFirst = false;
  #onRoom: PromiseWithResolvers<void> | undefined;
  #partitions: number | undefined;
  #partitionsKnownAt = 0;
  #lookup: Promise<void> | undefined;
  /** Partition that balanced sends go to until its batch is full or under way. */
  #balanced = 0;
  #flushes = 0;
  #closed: Promise<void> | undefined;

  constructor(port: ProducerPort, options: ResolvedProducerOptions) {
    this.#port = port;
    this.#options = options;
    this.#budget = new WeightedSemaphore(options.bufferBytes);
  }

  /** Bytes of messages that are not confirmed yet. */
  get bufferedBytes(): number {
    return this.#budget.used;
  }

  /** Whether another send would be accepted at once. */
  get hasRoom(): boolean {
    return this.#waiting.length === 0 && this.#budget.used < this.#options.bufferBytes;
  }

  /** Resolves when there is capacity for another send. A caller that does not await its sends awaits this. */
  ready(): Promise<void> {
    if (this.hasRoom || this.#closing.signal.aborted) return Promise.resolve();
    this.#onRoom ??= Promise.withResolvers();
    return this.#onRoom.promise;
  }

  /**
   * Sends messages to one partition, in this order, and resolves when Iggy has confirmed all of them; where the buffer
   * is full, they are accepted when there is capacity. The messages must stay as they are until then.
   * @throws SendError what was not confirmed, and whether it may have been stored (`outcomeUnknown`).
   * @throws IggyError when a message cannot be sent at all, when the topic is missing, or after `close`.
   */
  send(messages: readonly OutgoingMessage[], options?: SendCallOptions): Promise<readonly SentRange[]> {
    if (messages.length === 0) return Promise.resolve([]);
    let send: PendingSend;
    try {
      this.#assertOpen();
      const partitioning = options?.partitioning ?? this.#options.partitioning;
      checkPartitioning(partitioning);
      const prepared = prepareMessages(messages, this.#options);
      let bytes = 0;
      for (let index = 0; index < prepared.length; index++) bytes += messageBytes(prepared[index]!);
      send = new PendingSend(prepared, partitioning, bytes, (ended) => this.#ended(ended));
    } catch (error) {
      return Promise.reject(toIggyError(error, CODE.invalidCommand, { retryable: false }));
    }
    this.#open.add(send);
    if (this.#waiting.length === 0 && this.#partitionsKnownFor(send) && this.#budget.tryAcquire(send.bytes)) {
      this.#enqueue(send);
    } else {
      this.#waiting.push(send);
      if (this.#waiting.length === 1) this.#admit();
    }
    return send.answer;
  }

  /**
   * Sends what waits without gathering more, and resolves when every send made before has ended, well or not.
   * @throws IggyError 12001 when that takes longer than `timeout` milliseconds; the sends go on.
   */
  async flush(timeout = this.#options.deliveryTimeout): Promise<void> {
    const before = [...this.#open].map(({ answer }) => answer.catch(() => {}));
    if (before.length === 0) return;
    this.#flushes += 1;
    for (const sender of this.#senders.values()) sender.pump();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(resolve, timeout, "late");
    });
    const outcome = await Promise.race([Promise.all(before), late]);
    clearTimeout(timer);
    this.#flushes -= 1;
    if (outcome !== "late") return;
    throw new IggyError(CODE.taskTimeout, {
      command: "send_messages",
      detail: `${this.#open.size} sends were not confirmed within ${timeout} ms`,
      retryable: true,
    });
  }

  /** Accepts no more sends, flushes within `timeout` milliseconds, then rejects what is left. The client stays open. */
  close(timeout = this.#options.deliveryTimeout): Promise<void> {
    this.#closed ??= this.#close(timeout);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(timeout: number): Promise<void> {
    // A deadline that passes is reported to the callers that wait for the sends.
    await this.flush(timeout).catch(() => {});
    this.#closing.abort();
    this.#waiting.length = 0;
    for (const sender of this.#senders.values()) sender.close();
    for (const send of this.#open) {
      send.abandon(
        new IggyError(CODE.clientShutdown, {
          command: "send_messages",
          detail: "the producer was closed before Iggy confirmed the messages",
          outcomeUnknown: send.taken,
          retryable: false,
        }),
      );
    }
    this.#onRoom?.resolve();
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) {
      throw new IggyError(CODE.clientShutdown, { command: "send_messages", detail: "the producer is closed" });
    }
    if (this.#waiting.length < MAX_WAITING) return;
    throw new IggyError(CODE.notAccepted, {
      command: "send_messages",
      detail: `${MAX_WAITING} sends already wait for capacity`,
      advice: "wait for ready() before sending more",
    });
  }

  #ended(send: PendingSend): void {
    this.#open.delete(send);
    // Bytes are counted from when a partition accepts the send.
    if (send.taken) this.#budget.release(send.bytes);
    if (!this.hasRoom) return;
    this.#onRoom?.resolve();
    this.#onRoom = undefined;
  }

  /** Accepts the sends that wait, in order, as far as there is capacity. */
  #admit(): void {
    for (let send = this.#waiting[0]; send !== undefined; send = this.#waiting[0]) {
      if (!this.#partitionsKnownFor(send)) {
        void this.#lookUp().then(
          () => this.#admit(),
          (error: unknown) => this.#refuseWaiting(error),
        );
        return;
      }
      if (!this.#reservedFirst && !this.#budget.tryAcquire(send.bytes)) {
        void this.#budget.acquire(send.bytes, this.#closing.signal).then((reserved) => {
          this.#reservedFirst = reserved;
          if (reserved) this.#admit();
        });
        return;
      }
      this.#reservedFirst = false;
      this.#waiting.shift();
      this.#enqueue(send);
    }
  }

  /** The number of partitions is not available: the sends that need it are told why. */
  #refuseWaiting(error: unknown): void {
    const reason = toIggyError(error, CODE.topicNotFound);
    for (const send of this.#waiting.splice(0)) {
      if (this.#partitionsKnownFor(send)) this.#waiting.push(send);
      else send.abandon(reason);
    }
    this.#admit();
  }

  #enqueue(send: PendingSend): void {
    const partition = this.#choose(send.partitioning);
    let sender = this.#senders.get(partition);
    if (sender === undefined) {
      sender = new PartitionSender(partition, {
        options: this.#options,
        carry: this.#port.carry,
        closing: this.#closing.signal,
        hurry: () => this.#flushes > 0,
        onTaken: () => this.#step(partition),
        onUnknownTarget: () => this.#refresh(),
      });
      this.#senders.set(partition, sender);
    }
    send.taken = true;
    sender.push(send);
    // A batch that has to wait for its partition must not gather what other partitions could take.
    if (send.partitioning.kind === "balanced" && sender.isFull) this.#step(partition);
  }

  #choose(partitioning: Partitioning): number {
    if (partitioning.kind === "partition") return partitioning.partition;
    if (performance.now() - this.#partitionsKnownAt >= TRUSTED_FOR) this.#refresh();
    const count = this.#partitions ?? 1;
    if (partitioning.kind === "key") return partitionForKey(partitioning.key, count);
    if (this.#balanced >= count) this.#balanced = 0;
    return this.#balanced;
  }

  /** Balanced: one step per request, as official clients. The batch of the partition is full or under way. */
  #step(partition: number): void {
    if (partition === this.#balanced) this.#balanced = (partition + 1) % (this.#partitions ?? 1);
  }

  #partitionsKnownFor({ partitioning }: PendingSend): boolean {
    return partitioning.kind === "partition" || this.#partitions !== undefined;
  }

  /**
   * The known number is used until the server has answered; where the server cannot be asked now, it is the best guess.
   */
  #refresh(): void {
    if (this.#closed === undefined) this.#lookUp().catch(() => {});
  }

  #lookUp(): Promise<void> {
    this.#partitionsKnownAt = performance.now();
    this.#lookup ??= this.#port
      .partitionsCount()
      .then((count) => {
        this.#partitions = count;
      })
      .finally(() => {
        this.#lookup = undefined;
      });
    return this.#lookup;
  }
}
