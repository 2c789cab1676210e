import { type PollContext, type ProducedBatch, pause, type Source } from "@iggy-connectors/sdk";
import type { RandomSourceConfig } from "./config.ts";
import { RecordGenerator } from "./record-generator.ts";

export interface RandomSourceState {
  /** Messages confirmed by Iggy since the checkpoint was first written. */
  readonly messages_produced: number;
}

const NOTHING: ProducedBatch<RandomSourceState> = { messages: [] };

export class RandomSource implements Source<RandomSourceState> {
  readonly #config: RandomSourceConfig;
  readonly #generator: RecordGenerator;
  #nextBatchAt = 0;

  constructor(config: RandomSourceConfig) {
    this.#config = config;
    this.#generator = new RecordGenerator(config.payload_size, config.seed);
  }

  async poll(context: PollContext<RandomSourceState>): Promise<ProducedBatch<RandomSourceState>> {
    const produced = context.checkpoint?.messages_produced ?? 0;
    const left = (this.#config.max_count ?? Number.POSITIVE_INFINITY) - produced;
    // Told only once the committed checkpoint says so: the last batch may still fail and be asked for again.
    if (left <= 0) return { messages: [], completed: true };
    if (!(await this.#pace(context.signal))) return NOTHING;
    const [low, high] = this.#config.messages_range;
    const drawn = this.#generator.batchSize(produced, low, high);
    const fitting = Math.max(1, Math.floor(context.maxBytes / this.#generator.recordBytes));
    const count = Math.min(drawn, left, Math.max(1, context.maxMessages), fitting);
    if (count === 0) return NOTHING;
    return {
      messages: this.#generator.generate(produced, count, context.spent),
      checkpoint: { messages_produced: produced + count },
      schema: "json",
      more: this.#config.interval === 0,
    };
  }

  /** Batches begin at least `interval` apart, the first at once. False: aborted while waiting. */
  async #pace(signal: AbortSignal): Promise<boolean> {
    const wait = this.#nextBatchAt - performance.now();
    if (wait > 0) await pause(wait, signal);
    if (signal.aborted) return false;
    this.#nextBatchAt = performance.now() + this.#config.interval;
    return true;
  }
}
