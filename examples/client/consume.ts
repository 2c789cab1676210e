/**
 * Counts the orders of each customer as a member of the group `statistics`, until there is nothing new for a while or
 * Ctrl+C is pressed. Started twice, the two share the partitions; started again, it goes on where it stopped.
 *
 *     node examples/client/consume.ts [host:port] [seconds to wait for something new]
 */
import { IggyClient } from "@iggy-connectors/client";

const [address = "localhost:8090", seconds = "2"] = process.argv.slice(2);

const client = await IggyClient.connect({ address });
const consumer = client.createConsumer({ stream: "orders", topic: "created", group: "statistics" });

// Closing ends the loop below once its batch is processed, and stores how far it came.
const idle = setTimeout(() => consumer.close(), Number(seconds) * 1000);
process.once("SIGINT", () => consumer.close());

const orders = new Map<string, number>();
for await (const batch of consumer) {
  idle.refresh();
  for (const message of batch) {
    const { customer } = JSON.parse(Buffer.from(message.payload).toString()) as { customer: string };
    orders.set(customer, (orders.get(customer) ?? 0) + 1);
  }
  // Asking for the next batch says that this one is processed.
}
clearTimeout(idle);
await consumer.close();
await client.close();

let total = 0;
for (const [customer, count] of [...orders].sort()) {
  console.log(`${customer}: ${count}`);
  total += count;
}
console.log(`${total} orders`);
