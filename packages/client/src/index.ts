export { IggyClient, type PollOptions } from "./client.ts";
export type { Durability, NewTopic, TopicUpdate } from "./commands/topic-options.ts";
export type { NewUser } from "./commands/users.ts";
export { type BackoffPolicy, backoff } from "./concurrency/backoff.ts";
export { aborted, endsBefore, pause } from "./concurrency/signals.ts";
export { WeightedSemaphore } from "./concurrency/weighted-semaphore.ts";
export { parseConnectionString } from "./configuration/connection-string.ts";
export type { ChecksumVerification, ClientOptions, ReconnectOptions } from "./configuration/options.ts";
export type { ClientState } from "./connection/states.ts";
export type { TlsOptions } from "./connection/transport/tls.ts";
export type { CommitOutcome, ConsumedBatch, ConsumedMessage } from "./consumer/consumed-batch.ts";
export { IggyConsumer } from "./consumer/consumer.ts";
export { type AssignmentChange, GroupMember, type GroupOptions } from "./consumer/membership/group-member.ts";
export type { PartitionMembership } from "./consumer/membership/partition-membership.ts";
export { EndedPrefix, type OpenRange } from "./consumer/offsets/ended-prefix.ts";
export { OffsetCommitter, type OffsetStore } from "./consumer/offsets/offset-committer.ts";
export { StoreSpacing } from "./consumer/offsets/store-spacing.ts";
export type { ConsumerOptions } from "./consumer/options.ts";
export { type Landmark, readLandmark } from "./consumer/reading/log-watch.ts";
export type {
  PartitionSource,
  PolledBatch,
  RestartedLog,
  StartPosition,
} from "./consumer/reading/partition-poller.ts";
export {
  type PartitionHandler,
  PartitionReader,
  type PartitionReaderOptions,
} from "./consumer/reading/partition-reader.ts";
export {
  type AssignedPartition,
  type PartitionEnd,
  PartitionSet,
  type PartitionSetHandler,
} from "./consumer/reading/partition-set.ts";
export type { ServerIdentity } from "./dialects/dialect.ts";
export type { ProtocolChoice } from "./dialects/negotiator.ts";
export { Aes256GcmEncryptor } from "./encryption/aes-256-gcm.ts";
export type { Encryptor } from "./encryption/encryptor.ts";
export { IggyError, type IggyErrorOptions } from "./errors/errors.ts";
export type { MessageId, ProducerOptions, ProducerRetry } from "./producer/options.ts";
export { SendError, type SentRange } from "./producer/pending-send.ts";
export { IggyProducer, type SendCallOptions } from "./producer/producer.ts";
export { type RequestLimits, requestEnd } from "./producer/request-size.ts";
export type { SendBatchOptions, SendOptions, SendPlace } from "./producer/sender.ts";
