import {
  type BatchWriter,
  getTopic,
  type Identifier,
  type OutgoingMessages,
  type Partitioning,
  type SendConfirmation,
  type SendTarget,
  sendMessages,
} from "@iggy-connectors/protocol";
import type { CallFlow } from "../connection/call.ts";
import type { Link } from "../connection/link.ts";
import type { Work } from "../connection/work.ts";
import { encryptMessage } from "../encryption/encrypt-messages.ts";
import type { Encryptor } from "../encryption/encryptor.ts";
import { CODE, IggyError } from "../errors/errors.ts";
import { checkMessages, checkPartitioning } from "./check-send.ts";
import { Partitioner } from "./partitioner.ts";
import { SendMemory } from "./send-frame.ts";

export interface SendPlace {
  readonly stream: Identifier;
  readonly topic: Identifier;
  /** Default balanced: a round robin over the topic's partitions, one step per call. */
  readonly partitioning?: Partitioning;
}

export interface SendOptions extends SendPlace {
  /** At least one; all go to one partition, in this order. */
  readonly messages: OutgoingMessages;
}

export interface SendBatchOptions extends SendPlace {
  readonly batch: BatchWriter;
}

type SendWork = (target: SendTarget) => Work;

const BALANCED: Partitioning = { kind: "balanced" };

/** Sends batches: names the partition as official clients do, and keeps a send within one deadline. */
export class Sender {
  readonly #link: Link;
  readonly #timeout: number;
  /** Seals messages on their way, where the client does so. */
  readonly encryptor: Encryptor | undefined;
  readonly #memory = new SendMemory();
  readonly #partitioner = new Partitioner((stream, topic) => this.partitionsCount(stream, topic));

  /** `timeout` is in milliseconds, for the whole of a send. */
  constructor(link: Link, timeout: number, encryptor?: Encryptor) {
    this.#link = link;
    this.#timeout = timeout;
    this.encryptor = encryptor;
  }

  /** Milliseconds a send may take where its caller gives no timeout. */
  get timeout(): number {
    return this.#timeout;
  }

  async sendMessages({ messages, ...place }: SendOptions): Promise<SendConfirmation | undefined> {
    checkMessages(messages);
    const { encryptor } = this;
    const sealed =
      encryptor === undefined ? messages : Array.from(messages, (message) => encryptMessage(message, encryptor));
    const frame = this.#memory.frame();
    const writer = (given: OutgoingMessages): BatchWriter => frame.take(given);
    const confirmation = await this.#send(place, (target) => ({ kind: "messages", target, messages: sealed, writer }));
    this.#memory.confirmed(frame);
    return confirmation;
  }

  /** Sends a batch to a partition that is known to be the right one, with others of its kind in flight. */
  async sendTo(
    target: SendTarget,
    batch: BatchWriter,
    timeout: number,
    flow: CallFlow,
  ): Promise<SendConfirmation | undefined> {
    const confirmations = await this.#link.perform(sendMessages, { kind: "batch", target, batch }, timeout, flow);
    return confirmations[0];
  }

  sendBatch({ batch, ...place }: SendBatchOptions): Promise<SendConfirmation | undefined> {
    return this.#send(place, (target) => ({ kind: "batch", target, batch }));
  }

  async #send(place: SendPlace, work: SendWork): Promise<SendConfirmation | undefined> {
    const { stream, topic, partitioning = BALANCED } = place;
    const deadline = performance.now() + this.#timeout;
    checkPartitioning(partitioning);
    try {
      return await this.#sendOnce(place, work, deadline);
    } catch (error) {
      // The server stored nothing: it does not know the target. With another number of partitions the choice is
      // another.
      const unresolved = error instanceof IggyError && error.code === CODE.resourceNotFound;
      if (!unresolved || partitioning.kind === "partition") throw error;
      if (!(await this.#partitioner.changed(stream, topic))) throw error;
      return await this.#sendOnce(place, work, deadline);
    }
  }

  async #sendOnce(
    { stream, topic, partitioning = BALANCED }: SendPlace,
    work: SendWork,
    deadline: number,
  ): Promise<SendConfirmation | undefined> {
    const partition = await this.#partitioner.resolve(stream, topic, partitioning);
    const target: SendTarget = { stream, topic, partitioning: { kind: "partition", partition } };
    const remaining = Math.max(1, deadline - performance.now());
    const confirmations = await this.#link.perform(sendMessages, work(target), remaining);
    return confirmations[0];
  }

  /** Asks the server. @throws IggyError 2010 when there is no such topic, 3008 when it has no partitions. */
  async partitionsCount(stream: Identifier, topic: Identifier): Promise<number> {
    const found = await this.#link.call(getTopic, { stream, topic });
    const place = `stream ${JSON.stringify(stream)}, topic ${JSON.stringify(topic)}`;
    if (found === undefined) {
      throw new IggyError(CODE.topicNotFound, { command: sendMessages.name, detail: `${place} does not exist` });
    }
    if (found.partitionsCount === 0) {
      throw new IggyError(CODE.noPartitions, { command: sendMessages.name, detail: `${place} has no partitions` });
    }
    return found.partitionsCount;
  }
}
