import { partitionForKey } from "@iggy-connectors/protocol";
import { type ProducedMessage, RejectedError } from "@iggy-connectors/sdk";
import type { SourceStreamSpec } from "../../shared/task/task-spec.ts";

/** Which partition a produced message belongs to; undefined: any. */
export type ChoosePartition = (message: ProducedMessage) => number | undefined;

/** Chooses the partition that a message names (`partition`), or by the hash of its key (`key`); undefined: always any. */
export function choosePartition(
  partitionBy: SourceStreamSpec["partitionBy"],
  partitionsCount: number,
): ChoosePartition | undefined {
  switch (partitionBy) {
    case "balanced":
      return undefined;
    case "partition":
      return ({ partition }) => {
        if (partition === undefined || (Number.isInteger(partition) && partition >= 0 && partition < partitionsCount)) {
          return partition;
        }
        throw new RejectedError(`partition ${partition} does not exist, the topic has ${partitionsCount}`, {
          code: "IGC_SOURCE_PARTITION",
        });
      };
    case "key":
      return ({ key }) => {
        if (key === undefined) return undefined;
        return partitionForKey(typeof key === "string" ? Buffer.from(key, "utf8") : key, partitionsCount);
      };
  }
}
