import { createHash } from "node:crypto";
import type { PartitionRef } from "../contract/message.ts";

const DIGITS = 10;

let lastHistory: string | undefined;
let lastTag = "";

/**
 * `@` and ten hexadecimal digits that stand for the history of a partition; empty where the server tells none. Behind an id that is
 * made of stream, topic, partition and offset, it keeps a topic that was created again from having the ids of the one before.
 */
export function historyTag({ history }: Pick<PartitionRef, "history">): string {
  if (history === undefined) return "";
  if (history !== lastHistory) {
    lastHistory = history;
    lastTag = `@${createHash("sha256").update(history).digest("hex").slice(0, DIGITS)}`;
  }
  return lastTag;
}
