import {
  type BatchWriter,
  decodeRequestBody,
  HEADER_SIZE,
  indexRecord,
  type SendConfirmation,
  type SendTarget,
  sendMessages,
} from "@iggy-connectors/protocol";
import type { CallFlow } from "../src/connection/call.ts";
import { IggyError } from "../src/index.ts";
import type { ProducerPort } from "../src/producer/producer.ts";

/** How a request ends: stored and told, refused, or stored or not without telling. */
export type Fate = "stored" | "not now" | "refused" | "no such partition" | "lost, stored" | "lost, not stored";

export interface CarriedBatch {
  readonly partition: number;
  readonly texts: readonly string[];
  readonly flow: CallFlow;
}

/** The topic of a producer: executes requests in the order they are made, as one connection does, and answers later. */
export class FakeTopic implements ProducerPort {
  /** What is stored, per partition. */
  readonly logs = new Map<number, string[]>();
  readonly carried: CarriedBatch[] = [];
  partitions = 1;
  inFlight = 0;
  highestInFlight = 0;
  /** Decides the end of request n. */
  fate: (request: number, batch: CarriedBatch) => Fate = () => "stored";
  /** Delays the answer of request n. */
  answered: (request: number) => Promise<void> = async () => {};

  readonly carry = async (
    target: SendTarget,
    batch: BatchWriter,
    _timeout: number,
    flow: CallFlow,
  ): Promise<SendConfirmation> => {
    if (target.partitioning.kind !== "partition") throw new Error("a batch goes to one partition");
    const { partition } = target.partitioning;
    const request = this.carried.length;
    const carried = { partition, texts: textsOf(batch.finishSend(target, 1_700_000_000_000_000)), flow };
    const fate = this.fate(request, carried);
    this.carried.push(carried);
    const log = this.logs.get(partition) ?? [];
    this.logs.set(partition, log);
    const baseOffset = BigInt(log.length);
    if (fate === "stored" || fate === "lost, stored") log.push(...carried.texts);
    this.inFlight += 1;
    this.highestInFlight = Math.max(this.highestInFlight, this.inFlight);
    await this.answered(request);
    this.inFlight -= 1;
    switch (fate) {
      case "stored":
        return { streamId: 1, topicId: 1, partition, baseOffset };
      case "not now":
        throw new IggyError(58, { retryable: true });
      case "no such partition":
        throw new IggyError(20, { retryable: false });
      case "refused":
        throw new IggyError(4022, { retryable: false });
      default:
        throw new IggyError(8, { retryable: true, outcomeUnknown: true });
    }
  };

  async partitionsCount(): Promise<number> {
    return this.partitions;
  }
}

function textsOf(frame: Buffer): string[] {
  const record = Buffer.from(decodeRequestBody(sendMessages, frame.subarray(HEADER_SIZE)).record);
  const starts = indexRecord(record);
  return Array.from({ length: starts.length - 1 }, (_, index) => {
    const payload = starts[index]! + 48;
    return record.toString("utf8", payload, payload + record.readUInt32LE(starts[index]! + 36));
  });
}
