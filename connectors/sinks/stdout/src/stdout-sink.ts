import type { ConnectorContext, ConsumeContext, Logger, MessageBatch, Sink } from "@iggy-connectors/sdk";
import type { StdoutSinkConfig } from "./config.ts";
import type { LineOutput } from "./output.ts";
import { jsonLines, logFields, rawLines, type Shown } from "./render.ts";

/** Shows messages, in the log or on standard output. */
export class StdoutSink implements Sink {
  readonly #config: StdoutSinkConfig;
  readonly #logger: Logger;
  readonly #output: LineOutput;
  readonly #shown: Shown;
  #invocation = 0;
  /** Messages before the current batch, for `sample_every`. */
  #seen = 0;

  constructor(config: StdoutSinkConfig, context: ConnectorContext, output: LineOutput) {
    this.#config = config;
    this.#logger = context.logger;
    this.#output = output;
    this.#shown = { metadata: config.include_metadata, headers: config.include_headers };
  }

  async consume(batch: MessageBatch, context: ConsumeContext): Promise<void> {
    if (this.#config.format === "log") {
      this.#log(batch);
    } else {
      const lines = this.#sampled(batch).map((part) => this.#render(part));
      await this.#output.write(lines.length === 1 ? (lines[0] as Uint8Array) : Buffer.concat(lines), context.signal);
    }
    // Counted only when written: a batch that is delivered again shows the same messages.
    this.#seen += batch.length;
  }

  #render(batch: MessageBatch): Uint8Array {
    return this.#config.format === "raw" ? rawLines(batch) : jsonLines(batch, this.#shown);
  }

  #log(batch: MessageBatch): void {
    this.#invocation++;
    this.#logger.info(`Received ${batch.length} messages`, {
      messages: batch.length,
      schema: batch.schema,
      stream: batch.stream,
      topic: batch.topic,
      partition: batch.partition,
      offset: String(batch.currentOffset),
      invocation: this.#invocation,
    });
    if (!this.#config.print_payload) return;
    for (const part of this.#sampled(batch)) {
      for (const message of part) {
        const fields = logFields(part, message, this.#shown, this.#config.max_payload_bytes);
        this.#logger.info(`Message offset: ${message.offset}`, fields);
      }
    }
  }

  /** The messages to show: the batch itself, or one part per sampled message. */
  #sampled(batch: MessageBatch): MessageBatch[] {
    const every = this.#config.sample_every;
    if (every === 1) return [batch];
    const parts: MessageBatch[] = [];
    const first = (every - (this.#seen % every)) % every;
    for (let index = first; index < batch.length; index += every) parts.push(batch.slice(index, index + 1));
    return parts;
  }
}
