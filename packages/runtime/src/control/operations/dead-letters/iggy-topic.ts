import type { IggyClient } from "@iggy-connectors/client";
import type { MessageFrames, OutgoingMessage } from "@iggy-connectors/protocol";
import { isMissing } from "../../../shared/iggy/find-topic.ts";
import { OPERATOR_CONSUMER } from "../../iggy/operator-consumer.ts";
import type { TopicAccess } from "./letter-log.ts";

const PARTITION = 0;

/** A topic with one partition on a server. The client is requested for each call, so that it is opened when it is first needed. */
export class IggyTopic implements TopicAccess {
  readonly #client: () => Promise<IggyClient>;
  readonly #stream: string;
  readonly #topic: string;

  constructor(client: () => Promise<IggyClient>, stream: string, topic: string) {
    this.#client = client;
    this.#stream = stream;
    this.#topic = topic;
  }

  async poll(from: bigint, count: number): Promise<MessageFrames | undefined> {
    const client = await this.#client();
    return unlessMissing(
      client.pollMessages({
        stream: this.#stream,
        topic: this.#topic,
        partition: PARTITION,
        consumer: OPERATOR_CONSUMER,
        strategy: from === 0n ? { kind: "first" } : { kind: "offset", offset: from },
        count,
      }),
    );
  }

  async append(messages: readonly OutgoingMessage[]): Promise<void> {
    const client = await this.#client();
    await client.sendMessages({
      stream: this.#stream,
      topic: this.#topic,
      partitioning: { kind: "partition", partition: PARTITION },
      messages,
    });
  }

  async purge(): Promise<void> {
    const client = await this.#client();
    await unlessMissing(client.purgeTopic(this.#stream, this.#topic));
  }
}

async function unlessMissing<Result>(call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
