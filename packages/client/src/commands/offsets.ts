import {
  type ConsumerOffset,
  deleteConsumerOffset,
  getConsumerOffset,
  type OffsetTarget,
  storeConsumerOffset,
} from "@iggy-connectors/protocol";
import type { CommandPort } from "./port.ts";

/** Commands about stored offsets. */
export const offsetCommands = (port: CommandPort) => ({
  /**
   * Stores the offset of the last processed message.
   * @throws IggyError 20 when a group member does not own the partition.
   */
  storeConsumerOffset(options: OffsetTarget & { readonly offset: bigint }): Promise<void> {
    return port.call(storeConsumerOffset, options);
  },

  getConsumerOffset(target: OffsetTarget): Promise<ConsumerOffset | undefined> {
    return port.call(getConsumerOffset, target);
  },

  /** @throws IggyError 3021 when none is stored. */
  deleteConsumerOffset(target: OffsetTarget): Promise<void> {
    return port.call(deleteConsumerOffset, target);
  },
});
