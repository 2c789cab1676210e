import { type ConsumedBatch, IggyClient } from "@iggy-connectors/client";
import { BatchWriter, indexFrames, POLL_PREFIX_SIZE, verifyFrames } from "@iggy-connectors/protocol";
import { samplePayload } from "../payload.ts";
import type { ClientWork } from "./rows.ts";

export interface WorkOptions {
  readonly address: string;
  readonly stream: string;
  /** Holds at least `total` messages; what is produced goes to topics of its own. */
  readonly topic: string;
  readonly warm: number;
  readonly total: number;
  readonly size: number;
  readonly run: string;
}

/** Told of every message; starts and ends the measuring. */
export type Count = (messages: number) => void;

const CALL = 100;
const POLL = 1000;
const PARTITION = { kind: "partition", partition: 0 } as const;
/** Bytes under way in a producer: enough to fill its window, no more. */
const BUFFER = 4 * 1024 * 1024;

/** Does the work of a row until `total` messages are counted. */
export async function doWork(work: ClientWork, options: WorkOptions, count: Count): Promise<void> {
  if (work.do === "checksums") return checksums(work, options, count);
  const verifyChecksums = work.do === "consume" && work.verify === true ? "messages" : "none";
  const client = await IggyClient.connect({ address: options.address, verifyChecksums });
  try {
    if (work.do === "consume") await consume(client, work, options, count);
    else if (work.do === "poll") await poll(client, options, count);
    else await produce(client, work, options, count);
  } finally {
    await client.close();
  }
}

async function consume(
  client: IggyClient,
  { messages, reuseMemory }: Extract<ClientWork, { do: "consume" }>,
  { stream, topic, total, run }: WorkOptions,
  count: Count,
): Promise<void> {
  const group = `bench-client-${run}`;
  const consumer = client.createConsumer({ stream, topic, group, batchMessages: POLL, reuseMemory });
  let seen = 0;
  let bytes = 0;
  for await (const batch of consumer) {
    if (messages) bytes += payloadBytes(batch);
    seen += batch.length;
    count(batch.length);
    if (seen >= total) break;
  }
  await consumer.close();
  if (messages && bytes === 0) throw new Error("no payload was read");
}

function payloadBytes(batch: ConsumedBatch): number {
  let bytes = 0;
  for (const message of batch) bytes += message.payload.length;
  return bytes;
}

async function poll(client: IggyClient, { stream, topic, total }: WorkOptions, count: Count): Promise<void> {
  const target = { consumer: { kind: "consumer", id: 1 }, stream, topic, partition: 0 } as const;
  let next = 0n;
  for (let seen = 0; seen < total; ) {
    const frames = await client.pollMessages({ ...target, strategy: { kind: "offset", offset: next }, count: POLL });
    next = frames.offset(frames.length - 1) + 1n;
    seen += frames.length;
    count(frames.length);
    client.recycle(frames);
  }
}

async function produce(
  client: IggyClient,
  work: Extract<ClientWork, { do: "produce" | "send" }>,
  { stream, total, size, run }: WorkOptions,
  count: Count,
): Promise<void> {
  const topic = `client-${run}`;
  await client.createTopic({ stream, name: topic, partitionsCount: 1 });
  const messages = Array.from({ length: CALL }, (_, index) => ({ payload: samplePayload(size, index) }));
  if (work.do === "send") {
    for (let sent = 0; sent < total; sent += CALL) {
      await client.sendMessages({ stream, topic, partitioning: PARTITION, messages });
      count(CALL);
    }
  } else {
    const { batch: batchMessages, window: maxInFlight } = work;
    const producer = client.createProducer({ stream, topic, batchMessages, maxInFlight, bufferBytes: BUFFER });
    const confirmed = (): void => count(CALL);
    let failure: unknown;
    for (let sent = 0; sent < total && failure === undefined; sent += CALL) {
      if (!producer.hasRoom) await producer.ready();
      producer.send(messages).then(confirmed, (error: unknown) => {
        failure = error;
      });
    }
    await producer.flush();
    if (failure !== undefined) throw failure;
  }
  await client.deleteTopic(stream, topic);
}

function checksums(
  { batch, verify }: Extract<ClientWork, { do: "checksums" }>,
  { total, size }: WorkOptions,
  count: Count,
): void {
  const writer = new BatchWriter();
  for (let index = 0; index < batch; index++) writer.add(samplePayload(size, index));
  const now = Date.now() * 1000;
  const record = writer.finishRecord(now);
  const prefix = Buffer.alloc(POLL_PREFIX_SIZE);
  prefix.writeUInt32LE(batch, POLL_PREFIX_SIZE - 4);
  const frames = indexFrames(Buffer.concat([prefix, record]));
  for (let done = 0; done < total; done += batch) {
    if (verify) verifyFrames(frames);
    else writer.finishRecord(now);
    count(batch);
  }
}
