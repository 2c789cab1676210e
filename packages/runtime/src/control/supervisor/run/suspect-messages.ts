import { isSamePartition, type PartitionId } from "../../../shared/iggy/same-partition.ts";
import type { HangingMessage, HangingProducedMessage, SuspectRange, TaskSpec } from "../../../shared/task/task-spec.ts";
import type { PartitionStatus } from "../../../shared/task/task-status.ts";
import type { MarkedCall, MessageRange } from "../../../shared/workers/call-marks.ts";
import { describeRange, type WorkerHang } from "../placements/worker-hang.ts";

/**
 * A flush covers everything that is staged, which may be very much: its messages are divided, so that few of them are written
 * together and few hangs find the one.
 */
const PARTS_OF_A_FLUSH = 32;

/**
 * A source begins again at its stored checkpoint, and at most this many messages behind it are taken one by one. More of them
 * would take longer than a source may be behind.
 */
const LONGEST_APART = 100_000;

/**
 * The messages that a task's workers hung with, from one worker to the next.
 *
 * | state     | what is the case                                              | becomes                                      |
 * | --------- | ------------------------------------------------------------- | -------------------------------------------- |
 * | trusted   | nothing is held against it                                    | suspect: a worker hung in a call with it     |
 * | suspect   | it is delivered alone or, after a hang in `flush`, with fewer | trusted: its offset was stored;              |
 * |           | others than before                                            | hanging: a worker hung with it alone         |
 * | hanging   | it fails without being tried, and `on_error` applies          | trusted: its offset was stored               |
 *
 * A message of a source has no offset: all that follow the stored checkpoint are suspect, and one that hangs alone is known by
 * a digest, for as long as the connector runs.
 */
export class SuspectMessages {
  #ranges: readonly SuspectRange[] = [];
  #hanging: readonly HangingMessage[] = [];
  /** Messages of a source after its start that are taken one by one. */
  #apart = 0;
  #hangingProduced: readonly HangingProducedMessage[] = [];

  /** Takes in what a worker hung with. Returns what a log line says about the messages; undefined: there are none. */
  hung(hang: WorkerHang): string | undefined {
    const [call] = hang.suspects;
    if (call?.produced !== undefined && hang.suspects.length === 1) return this.#hungWithProduced(call, hang.silence);
    return this.#hungWithRanges(hang);
  }

  #hungWithRanges({ suspects, silence }: WorkerHang): string | undefined {
    const given = suspects.flatMap((call) => call.ranges.map((range) => ({ call, range })));
    const alone = given.filter(({ range }) => this.#isAlone(range));
    const [culprit] = alone;
    // Beside a message that was under suspicion already, what else was open is innocent.
    if (culprit !== undefined && alone.length === 1) {
      this.#hanging = [...this.#hanging, hangingMessage(culprit.call, culprit.range, silence)];
      return `${describeRange(culprit.range)} fails without being tried again`;
    }
    if (given.length === 0) return undefined;
    const parts = suspects.flatMap((call) => call.ranges.map((range) => ({ ...range, part: partOf(call) })));
    this.#ranges = [...this.#ranges, ...parts];
    return `delivered in small parts to find the message: ${parts.map(describeRange).join(", ")}`;
  }

  #hungWithProduced({ call, produced }: MarkedCall, silence: number): string {
    const { through, digest } = produced!;
    if (digest === undefined) {
      this.#apart = Math.min(LONGEST_APART, Math.max(this.#apart, through));
      return "the messages behind the stored checkpoint are taken one by one to find the message";
    }
    this.#hangingProduced = [...this.#hangingProduced, { digest, call, reason: reasonOf(call, silence) }];
    return "a message of the source fails without being tried again";
  }

  /** What is stored has ended. */
  stored(partitions: readonly PartitionStatus[]): void {
    if (this.#ranges.length === 0 && this.#hanging.length === 0) return;
    for (const status of partitions) {
      const { storedOffset } = status;
      if (storedOffset === undefined) continue;
      const ended = (one: PartitionId, offset: string): boolean =>
        isSamePartition(one, status) && BigInt(offset) <= BigInt(storedOffset);
      this.#ranges = this.#ranges.filter((range) => !ended(range, range.last));
      this.#hanging = this.#hanging.filter((message) => !ended(message, message.offset));
    }
  }

  /** The specification for the next worker. Suspects are delivered one call at a time: two could not be told apart. */
  addTo(spec: TaskSpec): TaskSpec {
    if (this.#ranges.length === 0 && this.#hanging.length === 0 && this.#apart === 0) return spec;
    const produced = { apart: this.#apart, hanging: this.#hangingProduced };
    const suspects = { ranges: this.#ranges, hanging: this.#hanging, ...(this.#apart === 0 ? {} : { produced }) };
    return { ...spec, maxInFlight: 1, maxInFlightPartitions: 1, suspects };
  }

  /** Whether a range is one message that was suspect already, and was delivered alone. */
  #isAlone(range: MessageRange): boolean {
    const { first, last } = range;
    return (
      first === last &&
      this.#ranges.some(
        (known) =>
          known.part === 1 &&
          isSamePartition(known, range) &&
          BigInt(known.first) <= BigInt(first) &&
          BigInt(first) <= BigInt(known.last),
      )
    );
  }
}

function partOf({ call, ranges }: MarkedCall): number {
  if (call !== "flush") return 1;
  const messages = ranges.reduce((sum, { first, last }) => sum + BigInt(last) - BigInt(first) + 1n, 0n);
  return Math.max(1, Math.ceil(Number(messages) / PARTS_OF_A_FLUSH));
}

function hangingMessage({ call }: MarkedCall, range: MessageRange, silence: number): HangingMessage {
  const { stream, topic, partition, first: offset } = range;
  return { stream, topic, partition, offset, call, reason: reasonOf(call, silence) };
}

function reasonOf(call: string, silence: number): string {
  return `${call} did not answer for ${Math.round(silence / 1000)} s with this message, and did not again with it alone`;
}
