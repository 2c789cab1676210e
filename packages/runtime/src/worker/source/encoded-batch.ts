import type { Codec } from "@iggy-connectors/codecs";
import { checkId, checkTimestamp, encodeHeaders, OutgoingRanges } from "@iggy-connectors/protocol";
import { isPacked, messageAt, type PackedMessages, type ProducedMessage } from "@iggy-connectors/sdk";
import type {
  MessageFailure,
  PayloadRanges,
  ProducePlan,
  ProduceResult,
  TransformedMessages,
} from "@iggy-connectors/transforms";
import type { ChoosePartition } from "./choose-partition.ts";
import { headerEntries } from "./produced-headers.ts";

/** Third stage of a batch: the bytes that go to one stream. */
export interface EncodedBatch {
  /** By partition, in order within each. */
  readonly groups: readonly EncodedGroup[];
  /** Messages that cannot be encoded, or that Iggy cannot carry. */
  readonly failed: readonly MessageFailure[];
  /** Every message was sent, or has failed: the memory may serve the next batch. */
  release(): void;
}

/** The messages for one partition, or for any. */
export interface EncodedGroup {
  /** Undefined: balanced over the topic's partitions. */
  readonly partition: number | undefined;
  readonly messages: OutgoingRanges;
  /** For each message the index of the produced message. */
  readonly indexes: ArrayLike<number>;
}

/** Encodes rows of a transformed batch (undefined: all) for one stream, and groups them by partition. */
export function encodeForStream(
  plan: ProducePlan,
  transformed: TransformedMessages,
  codec: Codec,
  rows: Uint32Array | undefined,
  choose: ChoosePartition | undefined,
): EncodedBatch {
  const produced = plan.encode(transformed, codec, rows);
  const failed: MessageFailure[] = [...produced.failed];
  return { groups: groupByPartition(produced, choose, failed), failed, release: produced.release };
}

/** What is sent to one partition, or any, as it is put together; `positions` in the encoded messages. */
interface GroupPositions {
  readonly partition: number | undefined;
  readonly positions: number[];
}

function groupByPartition(
  result: ProduceResult,
  choose: ChoosePartition | undefined,
  failed: MessageFailure[],
): readonly EncodedGroup[] {
  const { messages, indexes, payloads } = result;
  if (payloads.length === 0) return [];
  if (isPacked(messages)) return packedGroup(messages, result, choose, failed);
  const attributes = new OutgoingAttributes(payloads.length);
  const groups = new Map<number | undefined, GroupPositions>();
  for (let position = 0; position < payloads.length; position++) {
    const message = messages[position]!;
    try {
      attributes.set(position, message);
      const partition = choose?.(message);
      let group = groups.get(partition);
      if (group === undefined) {
        group = { partition, positions: [] };
        groups.set(partition, group);
      }
      group.positions.push(position);
    } catch (error) {
      failed.push({ index: indexes[position]!, stage: "encode", error, attempts: 1 });
    }
  }
  const outgoing = attributes.with(payloads);
  return [...groups.values()].map(({ partition, positions }) =>
    positions.length === payloads.length
      ? { partition, messages: outgoing, indexes }
      : { partition, messages: outgoing.pick(positions), indexes: positions.map((position) => indexes[position]!) },
  );
}

/** What packed messages have in common decides for all of them. */
function packedGroup(
  messages: PackedMessages,
  { indexes, payloads }: ProduceResult,
  choose: ChoosePartition | undefined,
  failed: MessageFailure[],
): readonly EncodedGroup[] {
  const { ids, timestamps, headers } = messages;
  const { length } = payloads;
  try {
    const block = headers === undefined ? undefined : encodeHeaders(headerEntries(headers));
    const outgoing = new OutgoingRanges({
      ...payloads,
      ids: ids?.subarray(0, 2 * length),
      timestamps: timestamps?.subarray(0, length),
      headersBytes: block === undefined ? undefined : new Array<Uint8Array>(length).fill(block),
    });
    if (timestamps !== undefined) for (let at = 0; at < length; at++) checkTimestamp(at, timestamps[at]!);
    return [{ partition: choose?.(messageAt(messages, 0)), messages: outgoing, indexes }];
  } catch (error) {
    for (const index of indexes) failed.push({ index, stage: "encode", error, attempts: 1 });
    return [];
  }
}

/** The columns of what messages have besides their payloads. They are made for the first message that needs one. */
class OutgoingAttributes {
  readonly #length: number;
  #ids: BigUint64Array | undefined;
  #timestamps: Float64Array | undefined;
  #headersBytes: (Uint8Array | undefined)[] | undefined;

  constructor(length: number) {
    this.#length = length;
  }

  /** Throws where Iggy cannot carry them. */
  set(position: number, { id, timestamp, headers }: ProducedMessage): void {
    if (id !== undefined) {
      checkId(position, id);
      this.#ids ??= new BigUint64Array(this.#length * 2);
      this.#ids[2 * position] = BigInt.asUintN(64, id);
      this.#ids[2 * position + 1] = id >> 64n;
    }
    if (timestamp !== undefined) {
      checkTimestamp(position, timestamp);
      this.#timestamps ??= new Float64Array(this.#length).fill(Number.NaN);
      this.#timestamps[position] = timestamp;
    }
    if (headers !== undefined) {
      this.#headersBytes ??= new Array(this.#length);
      this.#headersBytes[position] = encodeHeaders(headerEntries(headers));
    }
  }

  with({ buffers, starts, ends }: PayloadRanges): OutgoingRanges {
    const [ids, timestamps, headersBytes] = [this.#ids, this.#timestamps, this.#headersBytes];
    return new OutgoingRanges({ buffers, starts, ends, ids, timestamps, headersBytes });
  }
}
