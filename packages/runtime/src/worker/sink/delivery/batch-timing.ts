import type { Task } from "../../task/task.ts";
import type { DeliveringPartition } from "./batch-partition.ts";

/** The stages of one sink batch, in milliseconds; waits between attempts count for none of them. */
export class BatchTiming {
  readonly #began = performance.now();
  decode = 0;
  plugin = 0;
  #waited = 0;

  /** Runs a wait between two attempts. */
  async waiting<Result>(wait: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    const result = await wait();
    this.#waited += performance.now() - began;
    return result;
  }

  /** Records the stages; a batch that did not end leaves only its total, as the original does. */
  report(
    task: Task,
    { ref, currentOffset }: Pick<DeliveringPartition, "ref" | "currentOffset">,
    batchSize: number,
    delivered: number,
    ended: boolean,
  ): void {
    const total = Math.max(0, performance.now() - this.#began - this.#waited);
    const prepare = Math.max(0, total - this.decode - this.plugin);
    task.measured.stageTook("total", total);
    if (ended) {
      task.measured.stageTook("decode", this.decode);
      task.measured.stageTook("prepare", prepare);
      task.measured.stageTook("ffi", this.plugin);
    }
    const { verbose, benchmark, key } = task.spec;
    const level = verbose ? "info" : "debug";
    const { stream, topic, partition } = ref;
    if (task.logger.enabled(level)) {
      task.logger.log(level, `processed ${delivered} of ${batchSize} messages`, { stream, topic, partition });
    }
    if (!benchmark) return;
    task.logger.info("benchmark", {
      target: "iggy_connectors::benchmark",
      connector_type: "sink",
      connector_key: key,
      stream,
      topic,
      partition_id: partition,
      current_offset: Number(currentOffset ?? 0n),
      batch_size: ended ? batchSize : 0,
      processed_count: ended ? delivered : 0,
      decode_us: ended ? micros(this.decode) : 0,
      prepare_us: ended ? micros(prepare) : 0,
      ffi_us: ended ? micros(this.plugin) : 0,
      total_us: micros(total),
    });
  }
}

function micros(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}
