import {
  type ChecksumDepth,
  indexVerified,
  type MessageFrames,
  type OffsetTarget,
  type PollingStrategy,
  pollMessages,
  type ReceivedFrames,
  type SendConfirmation,
  verifyFrames,
} from "@iggy-connectors/protocol";
import { type Commands, commandsOver } from "./commands/commands.ts";
import { parseConnectionString } from "./configuration/connection-string.ts";
import { type ChecksumVerification, type ClientOptions, resolveOptions } from "./configuration/options.ts";
import { Link } from "./connection/link.ts";
import type { ClientState } from "./connection/states.ts";
import { type ConsumerPort, IggyConsumer } from "./consumer/consumer.ts";
import { GroupMember } from "./consumer/membership/group-member.ts";
import { PlainMembership } from "./consumer/membership/plain-membership.ts";
import { type ConsumerOptions, resolveConsumerOptions } from "./consumer/options.ts";
import type { ServerIdentity } from "./dialects/dialect.ts";
import { DecryptedFrames } from "./encryption/decrypted-frames.ts";
import type { Encryptor } from "./encryption/encryptor.ts";
import { CODE, type IggyError, toIggyError } from "./errors/errors.ts";
import { type ProducerOptions, resolveProducerOptions } from "./producer/options.ts";
import { IggyProducer } from "./producer/producer.ts";
import { type SendBatchOptions, Sender, type SendOptions } from "./producer/sender.ts";

/** Without a partition a plain consumer reads partition 0. */
export interface PollOptions extends OffsetTarget {
  readonly strategy: PollingStrategy;
  readonly count: number;
  /** The server stores the offset of the last message it returns, before anything was done with it. Default false. */
  readonly autoCommit?: boolean;
  /** Opens the messages instead of the client's encryptor; `none` leaves them as they are. */
  readonly encryptor?: Encryptor | "none";
}

/** The same request, whose answer is compared with its checksums in the pass that indexes it. */
const pollVerified: typeof pollMessages = {
  ...pollMessages,
  decodeResponse: (reader) => indexVerified(reader.rest()),
};

/** Every command of `commands/` is a method of the client. */
export interface IggyClient extends Commands {}

/**
 * A logged-in client of an Iggy server over one TCP connection. Calls are executed one at a time in the order they are
 * made; every call ends within its deadline. A lost connection is opened again; reads and what was never written are
 * repeated, while a write whose answer was lost is rejected with `outcomeUnknown`. The process stays alive until
 * {@link close}. Every method rejects with {@link IggyError}; `get` methods answer `undefined` for what does not exist.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor assigns the methods of the interface
export class IggyClient implements AsyncDisposable {
  readonly #link: Link;
  readonly #sender: Sender;
  readonly #encryptor: Encryptor | undefined;
  readonly #verifyChecksums: ChecksumVerification;
  /** Where messages did not match their checksums. */
  readonly #corrupted = new Set<string>();

  private constructor(link: Link, requestTimeout: number, { encryptor, verifyChecksums = "none" }: ClientOptions) {
    this.#link = link;
    this.#sender = new Sender(link, requestTimeout, encryptor);
    this.#encryptor = encryptor;
    this.#verifyChecksums = verifyChecksums;
    Object.assign(this, commandsOver(link));
  }

  /**
   * Connects and logs in, once; every address is tried. `options` may be a connection string, see
   * {@link parseConnectionString}. `signal` ends the connecting; it has no meaning for a client that is connected.
   * @throws IggyError 63 when `signal` is aborted, 9 when no server can be reached, 42 or 53 when it refuses the login, 64 to 67 when TLS fails,
   * 14003 when it speaks another version, 2, 33, 43, 44 or 8000 when the options are not valid.
   */
  static async connect(options: ClientOptions | string, signal?: AbortSignal): Promise<IggyClient> {
    const given = typeof options === "string" ? parseConnectionString(options) : options;
    const resolved = resolveOptions(given);
    return new IggyClient(await Link.open(resolved, signal), resolved.requestTimeout, given);
  }

  get state(): ClientState {
    return this.#link.lifecycle.state;
  }

  /** Why the current state was entered, where an error was the reason. */
  get lastError(): IggyError | undefined {
    return this.#link.lifecycle.error;
  }

  /** Counts the logins: group memberships live as long as one epoch. */
  get epoch(): number {
    return this.#link.epoch;
  }

  /** Who answers: the address, the protocol and the version of the current session, or of the last one. */
  get server(): ServerIdentity | undefined {
    return this.#link.server;
  }

  /**
   * Resolves when a call that holds `bytes` would be accepted, in the order of the requests for it. The memory of calls
   * that wait for the connection is limited (`maxQueuedBytes`); calls beyond the limit are rejected with 58. A caller
   * that awaits each answer does not need this.
   */
  whenWritable(bytes = 0): Promise<void> {
    return this.#link.waitForCapacity(bytes);
  }

  /** Logs out within a second; calls that are not answered are rejected. */
  close(): Promise<void> {
    return this.#link.close();
  }

  /** As {@link close}: `await using client = await IggyClient.connect(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Sends messages as one batch to one partition. `undefined` when the server accepted them without saying where.
   * @throws IggyError with `outcomeUnknown` when the answer was lost: sending again may store the messages twice.
   */
  sendMessages(options: SendOptions): Promise<SendConfirmation | undefined> {
    return this.#sender.sendMessages(options);
  }

  /**
   * As {@link sendMessages}, for messages that were already written into a batch: nothing is copied again, and nothing
   * is encrypted: the writer of the batch does that. The batch must not be changed until the call is settled; then it
   * may be reset and filled again.
   */
  sendBatch(options: SendBatchOptions): Promise<SendConfirmation | undefined> {
    return this.#sender.sendBatch(options);
  }

  /** Gathers messages into batches for one topic; see {@link IggyProducer}. Nothing is asked of the server yet. */
  createProducer(options: ProducerOptions): IggyProducer {
    const sender = this.#sender;
    const { stream, topic } = options;
    return new IggyProducer(
      {
        carry: (target, batch, timeout, flow) => sender.sendTo(target, batch, timeout, flow),
        partitionsCount: () => sender.partitionsCount(stream, topic),
      },
      resolveProducerOptions(options, sender.timeout, sender.encryptor),
    );
  }

  /**
   * Reads a topic batch by batch, by itself or in a group; see {@link IggyConsumer}. Nothing is asked of the server
   * yet.
   */
  createConsumer(options: ConsumerOptions): IggyConsumer {
    const { stream, topic } = options;
    const port: ConsumerPort = {
      join: () =>
        "group" in options
          ? GroupMember.join(this, { ...options, create: options.create ?? true })
          : PlainMembership.open(this, options),
      newestOffset: async (partition) => {
        const details = await this.getTopic(stream, topic);
        const found = details?.partitions.find(({ id }) => id === partition);
        return found === undefined || found.messagesCount === 0n ? undefined : found.currentOffset;
      },
    };
    return new IggyConsumer(port, resolveConsumerOptions(options));
  }

  /**
   * Reads messages of one partition; returns at once, with no messages where there are none.
   * @throws IggyError 4027 or 4039 where `verifyChecksums` asks for it and bytes changed on the way or at rest. The
   * connection is given up, so that the next poll reads them over another one.
   */
  async pollMessages(options: PollOptions): Promise<MessageFrames> {
    const { autoCommit = false, encryptor = this.#encryptor } = options;
    const { epoch } = this.#link;
    const command = this.#verifyChecksums === "messages" ? pollVerified : pollMessages;
    const frames = await this.#link.call(command, { ...options, autoCommit });
    if (this.#verifyChecksums !== "none") this.#verify(frames, this.#verifyChecksums, options, epoch);
    return encryptor === undefined || encryptor === "none" ? frames : new DecryptedFrames(frames, encryptor);
  }

  #verify(frames: ReceivedFrames, depth: ChecksumDepth, { stream, topic }: PollOptions, epoch: number): void {
    try {
      verifyFrames(frames, depth);
    } catch (error) {
      const reason = toIggyError(error, CODE.invalidFormat, { command: pollMessages.name, retryable: true });
      const place = JSON.stringify([stream, topic, reason.message]);
      // What differs over a second connection, too, changed at rest: giving that one up would only disturb other calls.
      if (!this.#corrupted.has(place)) this.#link.abandon(epoch, reason);
      this.#corrupted.add(place);
      throw reason;
    }
  }

  /**
   * Gives the memory of a poll's messages back to the client, which uses it for later polls. Optional: it spares the
   * garbage collector work at high rates. Neither `frames` nor any view of it may be used afterwards.
   */
  recycle(frames: MessageFrames): void {
    this.#link.recycle(frames.buffer);
  }
}
