import { IggyClient } from "@iggy-connectors/client";
import { samplePayload } from "./payload.ts";

const BATCH = 1000;

/** Fills a topic with `count` messages of `size` bytes, over its partitions in turn, before anything is measured. */
export async function preload(
  address: string,
  stream: string,
  topic: string,
  count: number,
  size: number,
  partitions = 1,
): Promise<void> {
  const client = await IggyClient.connect({ address });
  try {
    if ((await client.getStream(stream)) === undefined) await client.createStream(stream);
    await client.createTopic({ stream, name: topic, partitionsCount: partitions });
    for (let sent = 0; sent < count; sent += BATCH) {
      const partition = (sent / BATCH) % partitions;
      const messages = Array.from({ length: Math.min(BATCH, count - sent) }, (_, index) => ({
        payload: samplePayload(size, sent + index),
      }));
      await client.sendMessages({ stream, topic, partitioning: { kind: "partition", partition }, messages });
    }
  } finally {
    await client.close();
  }
}
