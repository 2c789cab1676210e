import type { SourceStreamSpec } from "../../shared/task/task-spec.ts";
import type { Task } from "../task/task.ts";

/** Times of one source batch, in milliseconds. Decoding, transforms and encoding are measured together, as `decode`. */
export class SourceTiming {
  readonly #began = performance.now();
  decode = 0;
  send = 0;
  /** Undefined: no checkpoint was written within this batch. */
  save: number | undefined;

  report(task: Task, stream: SourceStreamSpec | undefined, batchSize: number, sent: number): void {
    const total = performance.now() - this.#began;
    const prepare = Math.max(0, total - this.decode - this.send - (this.save ?? 0));
    task.measured.stageTook("decode", this.decode);
    task.measured.stageTook("prepare", prepare);
    task.measured.stageTook("iggy_send", this.send);
    task.measured.stageTook("total", total);
    const { verbose, benchmark, key } = task.spec;
    const level = verbose ? "info" : "debug";
    if (task.logger.enabled(level)) task.logger.log(level, `sent ${sent} of ${batchSize} messages`, undefined);
    if (!benchmark) return;
    task.logger.info("benchmark", {
      target: "iggy_connectors::benchmark",
      connector_type: "source",
      connector_key: key,
      stream: stream?.stream,
      topic: stream?.topic,
      batch_size: batchSize,
      sent_count: sent,
      decode_us: micros(this.decode),
      prepare_us: micros(prepare),
      iggy_send_us: micros(this.send),
      state_saved: this.save !== undefined,
      state_save_us: micros(this.save ?? 0),
      total_us: micros(total),
    });
  }
}

function micros(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}
