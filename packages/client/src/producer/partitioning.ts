import type { Partitioning } from "@iggy-connectors/protocol";
import { CODE, IggyError } from "../errors/errors.ts";

const KINDS = ["balanced", "key", "partition"];

/** @throws IggyError 3 that names the field, for callers whose types are not checked: a typing error must not choose a partition. */
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
      throw refused(`partitioning.kind is ${JSON.stringify((partitioning as { kind?: unknown }).kind)}`);
  }
}

function refused(detail: string): IggyError {
  return new IggyError(CODE.invalidCommand, {
    command: "send_messages",
    detail,
    advice: `give { kind: ${KINDS.map((kind) => JSON.stringify(kind)).join(" | ")}, … }`,
    retryable: false,
  });
}
