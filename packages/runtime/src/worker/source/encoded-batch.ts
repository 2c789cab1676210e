import type { Codec } from "@iggy-connectors/codecs";
import { encodeHeaders, type OutgoingMessage } from "@iggy-connectors/protocol";
import type { ProducedMessage } from "@iggy-connectors/sdk";
import type { MessageFailure, ProducePlan, ProduceResult, TransformedMessages } from "@iggy-connectors/transforms";
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
  readonly messages: readonly OutgoingMessage[];
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

/** Where nothing has to be added the produced messages themselves are the outgoing ones: no object is made per message. */
function groupByPartition(
  { messages, indexes, payloads }: ProduceResult,
  choose: ChoosePartition | undefined,
  failed: MessageFailure[],
): readonly EncodedGroup[] {
  if (choose === undefined && areOutgoing(messages, payloads)) return [{ partition: undefined, messages, indexes }];
  if (choose === undefined && messages.every(isPayloadOnly)) {
    return [{ partition: undefined, messages: payloads.map((payload) => ({ payload })), indexes }];
  }
  const groups = new Map<number | undefined, { messages: OutgoingMessage[]; indexes: number[] }>();
  for (let position = 0; position < payloads.length; position++) {
    const message = messages[position]!;
    const index = indexes[position]!;
    try {
      const outgoing = outgoingMessage(message, payloads[position]!);
      const partition = choose?.(message);
      let group = groups.get(partition);
      if (group === undefined) {
        group = { messages: [], indexes: [] };
        groups.set(partition, group);
      }
      group.messages.push(outgoing);
      group.indexes.push(index);
    } catch (error) {
      failed.push({ index, stage: "encode", error, attempts: 1 });
    }
  }
  return [...groups].map(([partition, group]) => ({ partition, ...group }));
}

function areOutgoing(
  messages: readonly ProducedMessage[],
  payloads: readonly Uint8Array[],
): messages is readonly (ProducedMessage<Uint8Array> & { headers?: never })[] {
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index]!;
    if (message.headers !== undefined || message.payload !== payloads[index]) return false;
  }
  return true;
}

/** Nothing but its payload is sent. */
function isPayloadOnly({ id, timestamp, headers }: ProducedMessage): boolean {
  return id === undefined && timestamp === undefined && headers === undefined;
}

function outgoingMessage({ id, timestamp, headers }: ProducedMessage, payload: Uint8Array): OutgoingMessage {
  return {
    payload,
    ...(id === undefined ? {} : { id }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(headers === undefined ? {} : { headersBytes: encodeHeaders(headerEntries(headers)) }),
  };
}
