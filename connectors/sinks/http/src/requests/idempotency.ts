import { createHash } from "node:crypto";
import { historyTag, idText, type MessageBatch, siblingNumber } from "@iggy-connectors/sdk";
import type { HttpSinkConfig } from "../config.ts";
import type { Part } from "./part.ts";

/**
 * The same key for the same messages, at any time and from any runtime: `stream/topic/partition/offset` for one message,
 * `…/first-last` for a run of them, with a hash of the offsets where the run has gaps. Behind the partition stands its history, if
 * the server tells it: a topic that was created again begins with the same offsets.
 */
export function idempotencyKey(part: Part, kind: HttpSinkConfig["idempotency"]): string | undefined {
  if (kind === "none") return undefined;
  const { batch, indexes } = part;
  const first = indexes[0]!;
  if (kind === "message_id" && indexes.length === 1) {
    return idText(batch.at(first).id) + siblingSuffix(batch, first);
  }
  // Names may contain characters that are not allowed in headers.
  const place =
    [batch.stream, batch.topic, String(batch.partition)].map(encodeURIComponent).join("/") + historyTag(batch);
  const start = `${batch.offset(first)}${siblingSuffix(batch, first)}`;
  if (indexes.length === 1) return `${place}/${start}`;
  const last = indexes.at(-1)!;
  const run = `${place}/${start}-${batch.offset(last)}${siblingSuffix(batch, last)}`;
  return batch.consumed === batch.length && hasNoGaps(part) ? run : `${run}/${offsetsHash(part)}`;
}

/** Tells apart what a transform made of one message: those share its offset. */
function siblingSuffix(batch: MessageBatch, index: number): string {
  const number = siblingNumber(batch, index);
  return number === 0 ? "" : `.${number}`;
}

function hasNoGaps({ batch, indexes }: Part): boolean {
  return batch.offset(indexes.at(-1)!) - batch.offset(indexes[0]!) === BigInt(indexes.length - 1);
}

function offsetsHash({ batch, indexes }: Part): string {
  const hash = createHash("sha256");
  for (const index of indexes) hash.update(`${batch.offset(index)},`);
  return hash.digest("hex").slice(0, 16);
}
