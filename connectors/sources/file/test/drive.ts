import type { PollContext, ProducedMessage, Source } from "@iggy-connectors/sdk";
import type { FileSourceState } from "../src/position.ts";

export interface PollLimits {
  readonly maxMessages?: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export function pollContext(checkpoint?: FileSourceState, limits: PollLimits = {}): PollContext<FileSourceState> {
  const { maxMessages = 1000, maxBytes = 1 << 20, signal = new AbortController().signal } = limits;
  return { checkpoint, signal, maxMessages, maxBytes };
}

/** Does what the runtime does: polls, takes each batch as delivered, polls with its checkpoint. */
export class Driver {
  readonly messages: ProducedMessage[] = [];
  checkpoint: FileSourceState | undefined;
  completed = false;
  readonly #source: Source<FileSourceState>;
  readonly #limits: PollLimits;

  constructor(source: Source<FileSourceState>, checkpoint?: FileSourceState, limits: PollLimits = {}) {
    this.#source = source;
    this.checkpoint = checkpoint;
    this.#limits = limits;
  }

  /** One poll, committed. True when it brought messages, moved the checkpoint or completed. */
  async step(): Promise<boolean> {
    const batch = await this.#source.poll(pollContext(this.checkpoint, this.#limits));
    this.messages.push(...batch.messages);
    this.completed = batch.completed === true;
    if (batch.checkpoint !== undefined) this.checkpoint = JSON.parse(JSON.stringify(batch.checkpoint));
    return batch.checkpoint !== undefined || this.completed;
  }

  /** Polls until `count` messages arrived, or it would never end. */
  async until(count: number): Promise<string[]> {
    for (let polls = 0; this.messages.length < count; polls++) {
      if (polls > 10_000) throw new Error(`only ${this.messages.length} of ${count} messages came`);
      await this.step();
    }
    return this.texts();
  }

  /** Polls until nothing comes any more. */
  async drain(): Promise<string[]> {
    while (!this.completed && (await this.step()));
    return this.texts();
  }

  texts(): string[] {
    return this.messages.map(({ payload }) => Buffer.from(payload as Uint8Array).toString());
  }

  ids(): bigint[] {
    return this.messages.map(({ id }) => id ?? -1n);
  }
}
