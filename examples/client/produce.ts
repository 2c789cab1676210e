/**
 * Sends orders to the topic `orders/created`, spread over its partitions by customer.
 *
 *     node examples/client/produce.ts [host:port] [how many]
 */
import { IggyClient, IggyError } from "@iggy-connectors/client";

const [address = "localhost:8090", count = "100000"] = process.argv.slice(2);
const BATCH = 100;

const client = await IggyClient.connect({ address });
if ((await client.getStream("orders")) === undefined) await client.createStream("orders");
if ((await client.getTopic("orders", "created")) === undefined) {
  await client.createTopic({ stream: "orders", name: "created", partitionsCount: 3 });
}

// Ids from the content: the same order, sent again, has the same id.
const producer = client.createProducer({ stream: "orders", topic: "created", ids: "content" });
const began = performance.now();
let failed = 0;
for (let sent = 0; sent < Number(count); sent += BATCH) {
  // Never more in flight than the producer's buffer holds.
  await producer.ready();
  const customer = `customer-${(sent / BATCH) % 20}`;
  const messages = Array.from({ length: Math.min(BATCH, Number(count) - sent) }, (_, index) => ({
    payload: Buffer.from(JSON.stringify({ order: sent + index, customer })),
  }));
  producer.send(messages, { partitioning: { kind: "key", key: Buffer.from(customer) } }).catch((error: unknown) => {
    failed += messages.length;
    const unknown = error instanceof IggyError && error.outcomeUnknown ? " (they may have been stored)" : "";
    console.error(`${messages.length} orders were not confirmed${unknown}: ${error}`);
  });
}
await producer.close();
await client.close();

const seconds = (performance.now() - began) / 1000;
const confirmed = Number(count) - failed;
console.log(`${confirmed} orders confirmed in ${seconds.toFixed(2)} s, ${Math.round(confirmed / seconds)} a second`);
process.exitCode = failed === 0 ? 0 : 1;
