import {
  type ConsumerGroup,
  type ConsumerGroupDetails,
  createConsumerGroup,
  deleteConsumerGroup,
  type GroupAssignment,
  getConsumerGroup,
  getConsumerGroups,
  type Identifier,
  joinConsumerGroup,
  leaveConsumerGroup,
  syncConsumerGroup,
} from "@iggy-connectors/protocol";
import type { CommandPort } from "./port.ts";

/** Commands about consumer groups. */
export const groupCommands = (port: CommandPort) => ({
  /** @throws IggyError 5004 when the name is taken. */
  createConsumerGroup(stream: Identifier, topic: Identifier, name: string): Promise<ConsumerGroupDetails> {
    return port.call(createConsumerGroup, { stream, topic, name });
  },

  getConsumerGroup(
    stream: Identifier,
    topic: Identifier,
    group: Identifier,
  ): Promise<ConsumerGroupDetails | undefined> {
    return port.call(getConsumerGroup, { stream, topic, group });
  },

  getConsumerGroups(stream: Identifier, topic: Identifier): Promise<readonly ConsumerGroup[]> {
    return port.call(getConsumerGroups, { stream, topic });
  },

  deleteConsumerGroup(stream: Identifier, topic: Identifier, group: Identifier): Promise<void> {
    return port.call(deleteConsumerGroup, { stream, topic, group });
  },

  /** Makes this session a member; {@link GroupMember} keeps a membership over reconnects. */
  joinConsumerGroup(stream: Identifier, topic: Identifier, group: Identifier): Promise<void> {
    return port.call(joinConsumerGroup, { stream, topic, group });
  },

  leaveConsumerGroup(stream: Identifier, topic: Identifier, group: Identifier): Promise<void> {
    return port.call(leaveConsumerGroup, { stream, topic, group });
  },

  /** What this session owns; `undefined` when it is not a member. */
  syncConsumerGroup(stream: Identifier, topic: Identifier, group: Identifier): Promise<GroupAssignment | undefined> {
    return port.call(syncConsumerGroup, { stream, topic, group });
  },
});
