import type { PartitionMembership } from "@iggy-connectors/client";
import {
  encodeBatch,
  indexFrames,
  type MessageFrames,
  type OutgoingMessage,
  POLL_PREFIX_SIZE,
  type PollingStrategy,
  restampBatch,
  type TopicDetails,
} from "@iggy-connectors/protocol";
import type {
  ConnectionListener,
  IggyConnection,
  IggyConnector,
  SendRequest,
} from "../../src/worker/iggy/iggy-connection.ts";

export type Operation =
  | "connect"
  | "getTopic"
  | "getTopics"
  | "send"
  | "poll"
  | "store"
  | "getOffset"
  | "join"
  | "sync";

interface FakeTopic {
  readonly partitions: OutgoingMessage[][];
  /** By partition; undefined: the server does not tell. */
  readonly histories: (string | undefined)[];
  /** Broker time of its messages, microseconds: another one after a purge and in another topic of the same name. */
  time: number;
  cursor: number;
}

/** An error as the client raises it. */
export class FakeIggyError extends Error {
  override readonly name = "IggyError";
  readonly code: number;
  readonly codeName: string;
  readonly retryable: boolean;
  constructor(code: number, codeName: string, retryable = true) {
    super(`${codeName} (${code})`);
    this.code = code;
    this.codeName = codeName;
    this.retryable = retryable;
  }
}

/** What was sent, each message as an object of its own. */
export interface SentRequest extends SendRequest {
  readonly messages: readonly OutgoingMessage[];
}

export interface StoreEvent {
  readonly place: string;
  readonly offset: bigint;
}

/** Iggy's logs, offsets and groups in memory, with real frames. It fails and moves partitions on command. */
export class FakeIggy implements IggyConnector {
  readonly topics = new Map<string, FakeTopic>();
  readonly stored = new Map<string, bigint>();
  readonly stores: StoreEvent[] = [];
  readonly sent: SentRequest[] = [];
  readonly left: string[] = [];
  /** Partitions that this task owns, per `stream/topic`; default: all. */
  readonly owned = new Map<string, readonly number[]>();
  /** Partitions whose reads are fenced while their owner may still store: a revocation that is pending. */
  readonly fencedReads = new Set<string>();
  readonly #failures = new Map<Operation, { readonly error: unknown; times: number }[]>();
  /** Asked before every send; an error it returns is thrown. */
  onSend: ((request: SentRequest) => unknown) | undefined;
  listener: ConnectionListener | undefined;
  polls = 0;
  syncs = 0;

  createTopicSync(stream: string, topic: string, partitions = 1): void {
    this.topics.set(`${stream}/${topic}`, {
      partitions: Array.from({ length: partitions }, () => []),
      histories: Array.from({ length: partitions }, () => undefined),
      cursor: 0,
      time: 1_000_000 + this.topics.size,
    });
  }

  /** Deletes a topic with its group's offsets and creates it again; its members have to join again. */
  recreateTopic(stream: string, topic: string, history: string): void {
    const partitions = this.topics.get(`${stream}/${topic}`)?.partitions.length ?? 1;
    this.purge(stream, topic);
    const time = (this.topics.get(`${stream}/${topic}`)?.time ?? 1_000_000) + 1;
    this.createTopicSync(stream, topic, partitions);
    Object.assign(this.topics.get(`${stream}/${topic}`)!, { time });
    this.tellHistories(stream, topic, history);
  }

  /** Deletes the last partition with its offset and adds it again: the group keeps its members. */
  recreatePartition(stream: string, topic: string, history: string): void {
    const found = this.topics.get(`${stream}/${topic}`)!;
    const partition = found.partitions.length - 1;
    found.partitions[partition] = [];
    found.histories[partition] = history;
    found.time += 1;
    this.stored.delete(`${stream}/${topic}/${partition}`);
  }

  /** Deletes all messages and stored offsets of a topic. */
  purge(stream: string, topic: string): void {
    const found = this.topics.get(`${stream}/${topic}`);
    if (found === undefined) return;
    found.time += 1;
    for (const [partition, log] of found.partitions.entries()) {
      log.length = 0;
      this.stored.delete(`${stream}/${topic}/${partition}`);
    }
  }

  /** From now on the server tells which log each partition has. */
  tellHistories(stream: string, topic: string, history: string): void {
    const { histories } = this.topics.get(`${stream}/${topic}`)!;
    for (const partition of histories.keys()) histories[partition] = `${history}.${partition}`;
  }

  append(stream: string, topic: string, partition: number, ...payloads: (string | OutgoingMessage)[]): void {
    const log = this.log(stream, topic, partition);
    for (const payload of payloads) {
      log.push(typeof payload === "string" ? { payload: Buffer.from(payload), id: BigInt(log.length + 1) } : payload);
    }
  }

  log(stream: string, topic: string, partition = 0): OutgoingMessage[] {
    const log = this.topics.get(`${stream}/${topic}`)?.partitions[partition];
    if (log === undefined) throw new FakeIggyError(2010, "TopicIdNotFound", false);
    return log;
  }

  /** The next `times` calls of an operation fail; returns what ends that. */
  fail(operation: Operation, error: unknown, times = 1): () => void {
    const failure = { error, times };
    this.#failures.set(operation, [...(this.#failures.get(operation) ?? []), failure]);
    return () => {
      failure.times = 0;
    };
  }

  async connect(_access: unknown, listener: ConnectionListener): Promise<IggyConnection> {
    this.#trip("connect");
    this.listener = listener;
    return {
      getTopic: async (stream, topic) => {
        this.#trip("getTopic");
        return this.#details(stream, topic);
      },
      getTopics: async (stream) => {
        this.#trip("getTopics");
        const prefix = `${stream}/`;
        const names = [...this.topics.keys()].filter((key) => key.startsWith(prefix));
        return names.map((key) => ({ name: key.slice(prefix.length) }));
      },
      getStream: async (stream) => [...this.topics.keys()].find((key) => key.startsWith(`${stream}/`)),
      createStream: async () => undefined,
      createTopic: async ({ stream, name, partitionsCount }) => this.createTopicSync(stream, name, partitionsCount),
      sendMessages: async (request) => this.#send(request),
      join: async ({ stream, topic }) => {
        this.#trip("join");
        return new FakeMember(this, stream, topic);
      },
      close: async () => undefined,
    };
  }

  /** Makes members read their assignment again now. Two polls, since one may be a read ahead that is not taken yet. */
  wake(): void {
    this.fail("poll", new FakeIggyError(3007, "PartitionNotFound", false), 2);
  }

  trip(operation: Operation): void {
    this.#trip(operation);
  }

  #trip(operation: Operation): void {
    const failure = this.#failures.get(operation)?.find(({ times }) => times > 0);
    if (failure === undefined) return;
    failure.times -= 1;
    throw failure.error;
  }

  #send({ messages, ...place }: SendRequest): void {
    this.#trip("send");
    const request = { ...place, messages: [...messages] };
    const refusal = this.onSend?.(request);
    if (refusal !== undefined) throw refusal;
    const topic = this.topics.get(`${request.stream}/${request.topic}`);
    if (topic === undefined) throw new FakeIggyError(2010, "TopicIdNotFound", false);
    // What the encoder refuses must be refused here too.
    encodeBatch(request.messages, 1);
    const { partitioning } = request;
    const partition =
      partitioning?.kind === "partition" ? partitioning.partition : topic.cursor++ % topic.partitions.length;
    const log = topic.partitions[partition]!;
    for (const message of request.messages) log.push(copyOf({ id: BigInt(log.length + 1), ...message }));
    this.sent.push(request);
  }

  #details(stream: string, name: string): TopicDetails | undefined {
    const topic = this.topics.get(`${stream}/${name}`);
    if (topic === undefined) return undefined;
    return {
      id: 1,
      createdAt: 0n,
      partitionsCount: topic.partitions.length,
      messageExpiry: 0n,
      compression: "none",
      maxTopicSize: 0n,
      size: 0n,
      messagesCount: 0n,
      name,
      options: new Map(),
      derivedOptions: new Map(),
      partitions: topic.partitions.map((log, id) => ({
        id,
        createdAt: 0n,
        segmentsCount: 1,
        currentOffset: BigInt(Math.max(0, log.length - 1)),
        size: 0n,
        messagesCount: BigInt(log.length),
      })),
    };
  }
}

class FakeMember implements PartitionMembership {
  readonly #iggy: FakeIggy;
  readonly #place: string;
  readonly #stream: string;
  readonly #topic: string;
  /** As of the last sync. */
  #histories: readonly (string | undefined)[] = [];
  #joined: FakeTopic | undefined;

  constructor(iggy: FakeIggy, stream: string, topic: string) {
    this.#iggy = iggy;
    this.#stream = stream;
    this.#topic = topic;
    this.#place = `${stream}/${topic}`;
    this.#rejoin();
  }

  get assignment(): readonly number[] {
    const topic = this.#iggy.topics.get(this.#place);
    const owned = this.#iggy.owned.get(this.#place) ?? topic?.partitions.map((_, id) => id) ?? [];
    return owned.filter((partition) => !this.#isLeaving(partition));
  }

  async sync(): Promise<{ readonly assigned: readonly number[] }> {
    this.#iggy.trip("sync");
    this.#iggy.syncs += 1;
    if (!this.#iggy.topics.has(this.#place)) throw new FakeIggyError(2010, "TopicIdNotFound", false);
    this.#rejoin();
    return { assigned: this.assignment };
  }

  #rejoin(): void {
    this.#joined = this.#iggy.topics.get(this.#place);
    this.#histories = [...(this.#joined?.histories ?? [])];
  }

  history(partition: number): string | undefined {
    return this.#histories[partition];
  }

  /** Overwrites the messages, so that a later read of them shows. */
  recycle(frames: MessageFrames): void {
    frames.buffer.fill(0xee);
  }

  async poll(partition: number, strategy: PollingStrategy, count: number): Promise<MessageFrames | "fenced"> {
    this.#iggy.polls += 1;
    // A server answers later, and in any order.
    await new Promise((resolve) => setImmediate(resolve));
    this.#iggy.trip("poll");
    const topic = this.#iggy.topics.get(this.#place);
    if (!this.assignment.includes(partition) || topic !== this.#joined) return "fenced";
    const log = this.#iggy.log(this.#stream, this.#topic, partition);
    const start = strategy.kind === "offset" ? Number(strategy.offset) : 0;
    return framesOf(partition, start, log.slice(start, start + count), log.length, topic!.time);
  }

  async store(partition: number, offset: bigint, history?: string): Promise<"stored" | "lost"> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#iggy.trip("store");
    // As a member that joins again by itself before it stores.
    if (this.#joined !== this.#iggy.topics.get(this.#place)) this.#rejoin();
    if (history !== undefined && this.history(partition) !== history) return "lost";
    if (!this.assignment.includes(partition) && !this.#isLeaving(partition)) return "lost";
    if (offset >= BigInt(this.#iggy.log(this.#stream, this.#topic, partition).length)) {
      throw new FakeIggyError(4100, "InvalidOffset", false);
    }
    const place = `${this.#place}/${partition}`;
    this.#iggy.stored.set(place, offset);
    this.#iggy.stores.push({ place, offset });
    return "stored";
  }

  async getOffset(partition: number): Promise<bigint | undefined> {
    this.#iggy.trip("getOffset");
    return this.#iggy.stored.get(`${this.#place}/${partition}`);
  }

  async leave(): Promise<void> {
    this.#iggy.left.push(this.#place);
  }

  #isLeaving(partition: number): boolean {
    return this.#iggy.fencedReads.has(`${this.#place}/${partition}`);
  }
}

/** A server copies the bytes: the sender may reuse its memory. */
function copyOf(message: OutgoingMessage): OutgoingMessage {
  const { payload, headersBytes } = message;
  return {
    ...message,
    payload: Buffer.from(payload),
    ...(headersBytes === undefined ? {} : { headersBytes: Buffer.from(headersBytes) }),
  };
}

/** The answer to a poll, made of the bytes that a server would send. */
function framesOf(
  partition: number,
  baseOffset: number,
  messages: readonly OutgoingMessage[],
  logLength: number,
  time: number,
): MessageFrames {
  const prefix = Buffer.alloc(POLL_PREFIX_SIZE);
  prefix.writeUInt32LE(partition, 0);
  prefix.writeBigUInt64LE(BigInt(Math.max(0, logLength - 1)), 4);
  prefix.writeUInt32LE(messages.length, 12);
  if (messages.length === 0) return indexFrames(prefix);
  const record = encodeBatch(messages, time);
  restampBatch(record, partition, BigInt(baseOffset), time);
  return indexFrames(Buffer.concat([prefix, record]));
}
