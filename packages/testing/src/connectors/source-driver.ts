import {
  messageList,
  type PollContext,
  type ProducedBatch,
  type ProducedMessage,
  type Source,
} from "@iggy-connectors/sdk";

const MAX_POLLS = 10_000;

export type PollLimits = Partial<Omit<PollContext<unknown>, "checkpoint">>;

/** What a source's `poll` is given: this checkpoint, and roomy limits unless others are named. */
export function pollContext<State>(checkpoint?: NoInfer<State>, limits: PollLimits = {}): PollContext<State> {
  return { checkpoint, signal: new AbortController().signal, maxMessages: 1000, maxBytes: 1 << 20, ...limits };
}

/**
 * Does with a source what the runtime does: polls, takes every batch as confirmed by Iggy, stores its checkpoint as JSON,
 * calls `onDelivered`, and polls again with that checkpoint.
 */
export class SourceDriver<State, Value = unknown> {
  readonly source: Source<State, Value>;
  /** Everything that came so far. */
  readonly messages: ProducedMessage<Value>[] = [];
  /** The committed one; `undefined` before the first. */
  checkpoint: State | undefined;
  /** The source said that there will never be more. */
  completed = false;
  readonly #limits: PollLimits;

  /** @param limits of every poll. */
  constructor(source: Source<State, Value>, checkpoint?: State, limits: PollLimits = {}) {
    this.source = source;
    this.checkpoint = checkpoint;
    this.#limits = limits;
  }

  /** One poll that is not confirmed: the next one is given the same checkpoint. */
  poll(checkpoint: State | undefined = this.checkpoint, limits: PollLimits = {}): Promise<ProducedBatch<State, Value>> {
    return this.source.poll(pollContext(checkpoint, { ...this.#limits, ...limits }));
  }

  /** One poll, confirmed. */
  async step(limits: PollLimits = {}): Promise<ProducedBatch<State, Value>> {
    const batch = await this.poll(this.checkpoint, limits);
    this.messages.push(...messageList(batch.messages));
    this.completed = batch.completed === true;
    if (batch.checkpoint !== undefined) {
      this.checkpoint = JSON.parse(JSON.stringify(batch.checkpoint)) as State;
      await this.source.onDelivered?.(this.checkpoint);
    }
    return batch;
  }

  /** Polls until `count` messages have come. @throws when that takes more than 10 000 polls. */
  async until(count: number): Promise<string[]> {
    for (let polls = 0; this.messages.length < count; polls++) {
      if (polls > MAX_POLLS) throw new Error(`only ${this.messages.length} of ${count} messages came`);
      await this.step();
    }
    return this.texts();
  }

  /** Polls until a poll brings no checkpoint, or the source is completed. */
  async drain(): Promise<string[]> {
    while (!this.completed && (await this.step()).checkpoint !== undefined);
    return this.texts();
  }

  /** The payloads, which must be bytes, as texts. */
  texts(): string[] {
    return this.messages.map(({ payload }) => Buffer.from(payload as Uint8Array).toString());
  }

  /** The ids; −1 for a message without one. */
  ids(): bigint[] {
    return this.messages.map(({ id }) => id ?? -1n);
  }
}
