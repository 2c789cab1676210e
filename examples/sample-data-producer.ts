/**
 * Sends sample records to Iggy, as the original's example producer does: 100 batches of 100 … 499 records each.
 *
 *     node --conditions=iggy-source examples/sample-data-producer.ts
 *
 * Environment: IGGY_ADDRESS (localhost:8090), IGGY_USERNAME and IGGY_PASSWORD (iggy), IGGY_STREAM (qw), IGGY_TOPIC
 * (records), IGGY_BATCHES (100; 0 = until stopped), IGGY_BATCH_INTERVAL in milliseconds (0).
 */
import { randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { IggyClient } from "@iggy-connectors/client";

const environment = (name: string, otherwise: string): string => process.env[name] || otherwise;

const stream = environment("IGGY_STREAM", "qw");
const topic = environment("IGGY_TOPIC", "records");
const batches = Number(environment("IGGY_BATCHES", "100")) || Number.POSITIVE_INFINITY;
const interval = Number(environment("IGGY_BATCH_INTERVAL", "0"));

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const DOMAINS = ["gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "aol.com"];
const SOURCES = ["browser", "mobile", "desktop", "email", "network", "other"];
const STATES = ["active", "inactive", "blocked", "deleted", "unknown"];
const DAY = 86_400_000;

const oneOf = (choices: readonly string[]): string => choices[randomInt(choices.length)] ?? "";
const alphanumeric = (length: number): string =>
  Array.from({ length }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join("");

function sampleRecord(): object {
  return {
    user_id: `user_${randomInt(1, 100)}`,
    user_type: randomInt(1, 5),
    email: `${alphanumeric(randomInt(3, 20))}@${oneOf(DOMAINS)}`,
    source: oneOf(SOURCES),
    state: oneOf(STATES),
    created_at: new Date(Date.now() - randomInt(0, 1000) * DAY).toISOString(),
    message: alphanumeric(randomInt(10, 100)),
  };
}

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
process.once("disconnect", () => stopping.abort());

const client = await IggyClient.connect({
  address: environment("IGGY_ADDRESS", "localhost:8090"),
  username: environment("IGGY_USERNAME", "iggy"),
  password: environment("IGGY_PASSWORD", "iggy"),
});
try {
  if ((await client.getStream(stream)) === undefined) await client.createStream(stream);
  if ((await client.getTopic(stream, topic)) === undefined) {
    await client.createTopic({ stream, name: topic, partitionsCount: 1 });
  }
  let sent = 0;
  for (let batch = 0; batch < batches && !stopping.signal.aborted; batch++) {
    const messages = Array.from({ length: randomInt(100, 500) }, () => ({
      payload: Buffer.from(JSON.stringify(sampleRecord())),
    }));
    await client.sendMessages({ stream, topic, messages });
    sent += messages.length;
    if (interval > 0) await wait(interval, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
  console.log(`sample data producer: sent ${sent} records to ${stream}/${topic}`);
} finally {
  await client.close();
}
if (process.connected) process.disconnect?.();
