import {
  encodeHeaders,
  type HeaderEntry,
  headersFrom,
  type OutgoingMessage,
  type PlainHeader,
  partitionForKey,
} from "@iggy-connectors/protocol";
import { type HeaderValue, type ProducedMessage, RejectedError } from "@iggy-connectors/sdk";
import type { ProduceResult } from "@iggy-connectors/transforms";

/** Messages on their way to one partition, or to any. */
export interface OutgoingGroup {
  /** Undefined: balanced over the topic's partitions. */
  readonly partition: number | undefined;
  readonly messages: readonly OutgoingMessage[];
  /** For each message the index of the produced message. */
  readonly indexes: ArrayLike<number>;
}

export interface OutgoingMessages {
  readonly groups: readonly OutgoingGroup[];
  /** Messages that Iggy cannot carry. */
  readonly failed: readonly { readonly index: number; readonly error: unknown }[];
}

/** Which partition a produced message belongs to; undefined: any. */
export type ChoosePartition = (message: ProducedMessage) => number | undefined;

/** The partition by the messages' own words (`partition`) or by the hash of their keys (`key`). */
export function choosePartition(
  partitionBy: "balanced" | "key" | "partition",
  partitionsCount: number,
): ChoosePartition | undefined {
  switch (partitionBy) {
    case "balanced":
      return undefined;
    case "partition":
      return ({ partition }) => {
        if (partition === undefined || (Number.isInteger(partition) && partition >= 0 && partition < partitionsCount)) {
          return partition;
        }
        throw new RejectedError(`partition ${partition} does not exist, the topic has ${partitionsCount}`, {
          code: "IGC_SOURCE_PARTITION",
        });
      };
    case "key":
      return ({ key }) => {
        if (key === undefined) return undefined;
        return partitionForKey(typeof key === "string" ? Buffer.from(key, "utf8") : key, partitionsCount);
      };
  }
}

/**
 * What is sent of a produced batch, grouped by partition, in order within each. Where nothing has to be added the
 * produced messages themselves are the outgoing ones, and nothing is made per message.
 */
export function outgoingMessages(produced: ProduceResult, choose: ChoosePartition | undefined): OutgoingMessages {
  const { messages, indexes, payloads } = produced;
  if (choose === undefined && isUntouched(messages, payloads)) {
    return { groups: [{ partition: undefined, messages, indexes }], failed: [] };
  }
  const groups = new Map<number | undefined, { messages: OutgoingMessage[]; indexes: number[] }>();
  const failed: { index: number; error: unknown }[] = [];
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
      failed.push({ index, error });
    }
  }
  return { groups: [...groups].map(([partition, group]) => ({ partition, ...group })), failed };
}

function isUntouched(
  messages: readonly ProducedMessage[],
  payloads: readonly Uint8Array[],
): messages is readonly (ProducedMessage<Uint8Array> & { headers?: never })[] {
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index]!;
    if (message.headers !== undefined || message.payload !== payloads[index]) return false;
  }
  return true;
}

function outgoingMessage({ id, timestamp, headers }: ProducedMessage, payload: Uint8Array): OutgoingMessage {
  return {
    payload,
    ...(id === undefined ? {} : { id }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(headers === undefined ? {} : { headersBytes: encodeHeaders(headerEntries(headers)) }),
  };
}

/** Typed headers stay as they are; plain values get the type that Iggy's SDKs give them. */
export function headerEntries(headers: NonNullable<ProducedMessage["headers"]>): readonly HeaderEntry[] {
  if (!(headers instanceof Map)) return headersFrom(headers as Readonly<Record<string, PlainHeader>>);
  const typed: ReadonlyMap<string, HeaderValue> = headers;
  return [...typed].map(([name, value]) => ({ key: { kind: "string", value: name }, value }));
}
