import { type OutgoingMessages, OutgoingRanges, type Partitioning, sendMessages } from "@iggy-connectors/protocol";
import { CODE, IggyError } from "../errors/errors.ts";

const KINDS = 'give { kind: "balanced" }, { kind: "key", key } or { kind: "partition", partition }';

// For callers whose types are not checked. What is left to the encoder names its field itself.

/** A misspelt partitioning must not choose a partition. @throws IggyError 3 that names the field. */
export function checkPartitioning(partitioning: Partitioning): void {
  switch (partitioning.kind) {
    case "balanced":
      return;
    case "key":
      if (partitioning.key instanceof Uint8Array) return;
      throw refused("partitioning.key is not a Uint8Array");
    case "partition":
      if (Number.isInteger(partitioning.partition) && partitioning.partition >= 0) return;
      throw refused(`partitioning.partition is ${String(partitioning.partition)}, not the number of a partition`);
    default:
      throw refused(`partitioning.kind is ${JSON.stringify((partitioning as { kind?: unknown }).kind)}`, KINDS);
  }
}

/** Before anything counts their bytes. @throws IggyError 3 that names the field. */
export function checkMessages(messages: OutgoingMessages): void {
  if (messages instanceof OutgoingRanges) return;
  if (!Array.isArray(messages)) throw refused("messages is not an array");
  const fault = messages.findIndex((message) => !(message?.payload instanceof Uint8Array));
  if (fault !== -1) throw refused(`messages.${fault}.payload is not a Uint8Array`);
}

function refused(detail: string, advice?: string): IggyError {
  return new IggyError(CODE.invalidCommand, {
    command: sendMessages.name,
    detail,
    ...(advice === undefined ? {} : { advice }),
    retryable: false,
  });
}
