/**
 * Operation bytes of request and reply headers. 64 to 68 are internal: a client never sends them, replies may carry
 * them.
 */
export const OPERATION = {
  register: 1,
  nonReplicated: 2,
  logout: 3,
  createTopicWithAssignments: 64,
  createPartitionsWithAssignments: 65,
  removeConsumerGroupMember: 66,
  completeConsumerGroupRevocation: 67,
  truncatePartition: 68,
  createStream: 128,
  updateStream: 129,
  deleteStream: 130,
  purgeStream: 131,
  createTopic: 132,
  updateTopic: 133,
  deleteTopic: 134,
  purgeTopic: 135,
  createPartitions: 136,
  deletePartitions: 137,
  deleteSegments: 138,
  createConsumerGroup: 139,
  deleteConsumerGroup: 140,
  createUser: 141,
  updateUser: 142,
  deleteUser: 143,
  changePassword: 144,
  updatePermissions: 145,
  createPersonalAccessToken: 146,
  deletePersonalAccessToken: 147,
  joinConsumerGroup: 148,
  leaveConsumerGroup: 149,
  sendMessages: 160,
  storeConsumerOffset: 161,
  deleteConsumerOffset: 162,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(OPERATION).map(([name, value]) => [value, name]));

/** The name of an operation byte, or `undefined` when no such operation exists. */
export function operationName(operation: number): string | undefined {
  return NAMES.get(operation);
}

/** Operations on streams, topics, groups, users and tokens: decided by the metadata log, numbered and de-duplicated. */
export function isMetadataOperation(operation: number): boolean {
  return operation >= OPERATION.createStream && operation <= OPERATION.leaveConsumerGroup;
}

/** Operations on one partition: sends and offset writes. */
export function isPartitionOperation(operation: number): boolean {
  return operation >= OPERATION.sendMessages && operation <= OPERATION.deleteConsumerOffset;
}

/** Operations that need a session: every one but register and the non-replicated reads. */
export function isReplicatedOperation(operation: number): boolean {
  return operation === OPERATION.logout || isMetadataOperation(operation) || isPartitionOperation(operation);
}

/** Operations whose request carries a checksum of its body when an official client sends it. */
export function isChecksummedOperation(operation: number): boolean {
  return operation === OPERATION.logout || isMetadataOperation(operation);
}

/** The operation byte of a successful reply: three operations are rewritten by the server before they are committed. */
export function replyOperation(operation: number): number {
  switch (operation) {
    case OPERATION.createTopic:
      return OPERATION.createTopicWithAssignments;
    case OPERATION.createPartitions:
      return OPERATION.createPartitionsWithAssignments;
    case OPERATION.deleteSegments:
      return OPERATION.truncatePartition;
    default:
      return operation;
  }
}

/** Whether the body of a reply with this operation byte and status 0 starts with a result section. */
export function hasResultSection(operation: number, bodyLength: number): boolean {
  if (operation === OPERATION.register) return bodyLength > 0;
  if (operation >= OPERATION.createTopicWithAssignments && operation <= OPERATION.truncatePartition) return true;
  if (operation === OPERATION.deleteSegments) return false;
  return (
    isMetadataOperation(operation) ||
    operation === OPERATION.storeConsumerOffset ||
    operation === OPERATION.deleteConsumerOffset
  );
}
