import { type RequestLimits, requestEnd } from "@iggy-connectors/client";
import type { OutgoingMessage } from "@iggy-connectors/protocol";
import { type DeadLetter, deadLetterMessage } from "../../shared/dead-letter/dead-letter-message.ts";
import { isMissing } from "../../shared/iggy/find-topic.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import { ensureTopic } from "../iggy/ensure-topic.ts";
import type { IggyConnection } from "../iggy/iggy-connection.ts";

/** One request to Iggy carries at most this many bytes and messages. */
const LIMITS: RequestLimits = { messages: 1000, bytes: 8 * 1024 * 1024 };

/** Writes to the connector's dead-letter topic, which is created when it is first needed. */
export class DeadLetterWriter {
  readonly #iggy: IggyConnection;
  readonly #spec: TaskSpec;
  readonly #redact: (text: string) => string;
  #topicKnown = false;

  /** `redact` keeps secrets out of the reasons: more people can read dead letters than the configuration. */
  constructor(iggy: IggyConnection, spec: TaskSpec, redact: (text: string) => string = (text) => text) {
    this.#iggy = iggy;
    this.#spec = spec;
    this.#redact = redact;
  }

  /** Returns once Iggy confirmed all of them; when it rejects, some of them may be written. */
  async write(letters: readonly DeadLetter[], now: number = Date.now()): Promise<void> {
    await this.#prepareTopic();
    const messages = letters.map((letter) =>
      deadLetterMessage({ ...letter, error: this.#redact(letter.error) }, this.#spec, now),
    );
    for (let from = 0, to = 0; from < messages.length; from = to) {
      to = requestEnd(messages, from, LIMITS);
      await this.#send(messages.slice(from, to));
    }
  }

  async #prepareTopic(): Promise<void> {
    const { stream, topic, create, retention, maxSize } = this.#spec.deadLetter;
    if (this.#topicKnown || !create) return;
    await ensureTopic(this.#iggy, {
      stream,
      name: topic,
      partitionsCount: 1,
      ...(retention > 0 ? { messageExpiry: BigInt(retention) * 1000n } : {}),
      ...(maxSize > 0 ? { maxTopicSize: BigInt(maxSize) } : {}),
    });
    this.#topicKnown = true;
  }

  async #send(messages: readonly OutgoingMessage[]): Promise<void> {
    const { stream, topic } = this.#spec.deadLetter;
    try {
      await this.#iggy.sendMessages({ stream, topic, messages });
    } catch (error) {
      if (isMissing(error)) this.#topicKnown = false;
      throw error;
    }
  }
}
