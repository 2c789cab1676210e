import {
  type ClientInfo,
  COMMANDS,
  type Command,
  type HeaderValue,
  type Options,
  type Partition,
  type Stream,
  type Topic,
} from "@iggy-connectors/protocol";
import fc from "fast-check";

export const u8 = fc.integer({ min: 0, max: 0xff });
export const u16 = fc.integer({ min: 0, max: 0xffff });
export const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
export const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
export const u128 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });

/** A record as decoders build it: a plain object. */
export function record<Shape extends object>(
  shape: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> },
): fc.Arbitrary<Shape> {
  return fc.record<Shape>(shape, { noNullPrototype: true });
}

const f32 = fc.float({ noNaN: true });
export const text = fc.string({ unit: "grapheme", maxLength: 20 });
export const name = text.filter((value) => value.length > 0 && Buffer.byteLength(value) <= 255);
const identifier = fc.oneof(u32, name);
export const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((value) => Buffer.from(value));

const integer = (bits: number, signed: boolean) =>
  fc.integer(signed ? { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 } : { min: 0, max: 2 ** bits - 1 });
const bigInteger = (bits: bigint, signed: boolean) =>
  fc.bigInt(
    signed ? { min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n } : { min: 0n, max: (1n << bits) - 1n },
  );

const headerValue: fc.Arbitrary<HeaderValue> = fc.oneof(
  record({ kind: fc.constant("raw" as const), value: bytes(1, 255) }),
  record({ kind: fc.constant("string" as const), value: name }),
  record({ kind: fc.constant("bool" as const), value: fc.boolean() }),
  record({ kind: fc.constant("int8" as const), value: integer(8, true) }),
  record({ kind: fc.constant("int16" as const), value: integer(16, true) }),
  record({ kind: fc.constant("int32" as const), value: integer(32, true) }),
  record({ kind: fc.constant("int64" as const), value: bigInteger(64n, true) }),
  record({ kind: fc.constant("int128" as const), value: bigInteger(128n, true) }),
  record({ kind: fc.constant("uint8" as const), value: integer(8, false) }),
  record({ kind: fc.constant("uint16" as const), value: integer(16, false) }),
  record({ kind: fc.constant("uint32" as const), value: integer(32, false) }),
  record({ kind: fc.constant("uint64" as const), value: bigInteger(64n, false) }),
  record({ kind: fc.constant("uint128" as const), value: bigInteger(128n, false) }),
  record({ kind: fc.constant("float32" as const), value: f32 }),
  record({ kind: fc.constant("float64" as const), value: fc.double() }),
);

export const headerEntry = record({ key: headerValue, value: headerValue });

const options: fc.Arbitrary<Options> = fc
  .array(fc.tuple(name, headerValue), { maxLength: 5 })
  .map((entries) => new Map(entries));

export const stream = { stream: identifier };
export const topic = { ...stream, topic: identifier };
const group = { ...topic, group: identifier };
const consumer = record({ kind: fc.constantFrom("consumer" as const, "group" as const), id: identifier });
export const offsetTarget = { consumer, ...topic, partition: u32 };
const acknowledgement = fc.constantFrom("none" as const, "quorum" as const);
const named = { name, options };
const partitions = { ...topic, partitionsCount: u32 };
const prefix = { version: u32, sdkName: name, sdkVersion: name };

const strategy = fc.oneof(
  record({ kind: fc.constant("offset" as const), offset: u64 }),
  record({ kind: fc.constant("timestamp" as const), timestamp: u64 }),
  record({ kind: fc.constantFrom("first" as const, "last" as const, "next" as const) }),
);

export const partitioning = fc.oneof(
  fc.constant({ kind: "balanced" as const }),
  record({ kind: fc.constant("partition" as const), partition: u32 }),
  record({ kind: fc.constant("key" as const), key: bytes(1, 255) }),
);

/** A record whose partition may be absent: the key is then missing, as decoders leave it. */
export function optionalPartition<Shape extends object>(shape: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> }) {
  const required = Object.keys(shape).filter((key) => key !== "partition") as never[];
  return fc.record(shape, { requiredKeys: required, noNullPrototype: true });
}

const nothing = fc.constant(undefined);
export const missing = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const streamRecord: fc.Arbitrary<Stream> = record({
  id: u32,
  createdAt: u64,
  topicsCount: u32,
  size: u64,
  messagesCount: u64,
  name,
  options,
});

const topicRecord: fc.Arbitrary<Topic> = record({
  id: u32,
  createdAt: u64,
  partitionsCount: u32,
  messageExpiry: u64,
  compression: fc.constantFrom("none" as const, "gzip" as const),
  maxTopicSize: u64,
  size: u64,
  messagesCount: u64,
  name,
  options,
  derivedOptions: options,
});

const partition: fc.Arbitrary<Partition> = record({
  id: u32,
  createdAt: u64,
  segmentsCount: u32,
  currentOffset: u64,
  size: u64,
  messagesCount: u64,
});

const few = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { maxLength: 4 });

const streamDetails = fc
  .tuple(streamRecord, few(topicRecord))
  .map(([head, topics]) => ({ ...head, topicsCount: topics.length, topics }));

const topicDetails = fc
  .tuple(topicRecord, few(partition))
  .map(([head, list]) => ({ ...head, partitionsCount: list.length, partitions: list }));

const client: fc.Arbitrary<ClientInfo> = record({
  id: u32,
  userId: missing(fc.integer({ min: 0, max: 0xffff_fffe })),
  transport: fc.constantFrom("tcp" as const, "quic" as const, "http" as const, "websocket" as const),
  address: text,
  groupsCount: u32,
});

const clientDetails = fc
  .tuple(client, few(record({ streamId: u32, topicId: u32, groupId: u32 })))
  .map(([head, groups]) => ({ ...head, groupsCount: groups.length, groups }));

const groupRecord = record({ id: u32, partitionsCount: u32, membersCount: u32, name });
const groupDetails = fc
  .tuple(groupRecord, few(record({ id: u32, partitions: few(u32) })))
  .map(([head, members]) => ({ ...head, membersCount: members.length, members }));

const node = record({
  name: text,
  ip: text,
  tcpPort: u16,
  quicPort: u16,
  httpPort: u16,
  webSocketPort: u16,
  role: fc.constantFrom("leader", "follower"),
  status: fc.constantFrom("healthy", "starting", "stopping", "unreachable", "maintenance"),
});

const stats = record({
  processId: u32,
  cpuUsage: f32,
  totalCpuUsage: f32,
  memoryUsage: u64,
  totalMemory: u64,
  availableMemory: u64,
  runTime: u64,
  startTime: u64,
  readBytes: u64,
  writtenBytes: u64,
  messagesSize: u64,
  streamsCount: u32,
  topicsCount: u32,
  partitionsCount: u32,
  segmentsCount: u32,
  messagesCount: u64,
  clientsCount: u32,
  consumerGroupsCount: u32,
  hostname: text,
  osName: text,
  osVersion: text,
  kernelVersion: text,
  serverVersion: text,
  serverSemver: u32,
  cacheMetrics: few(record({ streamId: u32, topicId: u32, partition: u32, hits: u64, misses: u64, hitRatio: f32 })),
  threadsCount: u32,
  freeDiskSpace: u64,
  totalDiskSpace: u64,
});

const consumerSession = { client: u128, session: u64, metadataWatermark: u64 };
const routing = record({ ...consumerSession, primary: node });

const flags = <Name extends string>(...names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, fc.boolean()])) as Record<Name, fc.Arbitrary<boolean>>;
const byId = <Value>(value: fc.Arbitrary<Value>) =>
  fc.array(fc.tuple(u32, value), { maxLength: 4 }).map((entries) => new Map(entries));

const topicPermissions = record(flags("manageTopic", "readTopic", "pollMessages", "sendMessages"));
const streamFlags = flags("manageStream", "readStream", "manageTopics", "readTopics", "pollMessages", "sendMessages");
export const permissions = record({
  global: record({
    ...flags("manageServers", "readServers", "manageUsers", "readUsers", "manageStreams", "readStreams"),
    ...flags("manageTopics", "readTopics", "pollMessages", "sendMessages"),
  }),
  streams: byId(record({ ...streamFlags, topics: byId(topicPermissions) })),
});

export const status = fc.constantFrom("active" as const, "inactive" as const);
export const user = { user: identifier };
const userFields = { id: u32, createdAt: u64, status, username: name, options };
const userDetails = record({ ...userFields, permissions: missing(permissions) });

const loginResult = record({ userId: u32, session: u64, protocolVersion: u32, serverVersion: name });
const confirmation = record({ streamId: u32, topicId: u32, partition: u32, baseOffset: u64 });

const poll = optionalPartition({ ...offsetTarget, strategy, count: u32, autoCommit: fc.boolean() });

export interface Exchange {
  readonly request: fc.Arbitrary<unknown>;
  /** Absent for polls, whose response is a batch, tested on its own. */
  readonly response?: fc.Arbitrary<unknown>;
}

/** Every request and response a command may carry. */
export const EXCHANGES: Readonly<Record<string, Exchange>> = {
  ping: { request: nothing, response: nothing },
  logout: { request: nothing, response: nothing },
  login_with_password: {
    request: record({ ...prefix, kind: fc.constant("password"), username: name, password: text }),
    response: loginResult,
  },
  login_with_token: {
    request: record({ ...prefix, kind: fc.constant("token"), token: name }),
    response: loginResult,
  },
  get_cluster_metadata: { request: nothing, response: record({ name: text, nodes: few(node) }) },
  get_stats: { request: nothing, response: stats },
  describe_options: {
    request: record({ scope: fc.constantFrom("topic", "stream", "user") }),
    response: few(record({ key: name, kind: u8, defaultValue: bytes(0, 40), description: text })),
  },
  get_me: { request: nothing, response: clientDetails },
  get_client: { request: record({ id: u32 }), response: missing(clientDetails) },
  get_clients: { request: nothing, response: few(client) },
  get_stream: { request: record(stream), response: missing(streamDetails) },
  get_streams: { request: nothing, response: few(streamRecord) },
  create_stream: { request: record(named), response: streamDetails },
  update_stream: { request: record({ ...stream, ...named }), response: nothing },
  delete_stream: { request: record(stream), response: nothing },
  purge_stream: { request: record(stream), response: nothing },
  get_topic: { request: record(topic), response: missing(topicDetails) },
  get_topics: { request: record(stream), response: few(topicRecord) },
  create_topic: { request: record({ ...stream, partitionsCount: u32, ...named }), response: topicDetails },
  update_topic: { request: record({ ...topic, ...named }), response: nothing },
  delete_topic: { request: record(topic), response: nothing },
  purge_topic: { request: record(topic), response: nothing },
  create_partitions: { request: record(partitions), response: nothing },
  delete_partitions: { request: record(partitions), response: nothing },
  delete_segments: { request: record({ ...topic, partition: u32, segmentsCount: u32 }), response: nothing },
  flush_unsaved_buffer: { request: record({ ...topic, partition: u32, fsync: fc.boolean() }), response: nothing },
  poll_messages: { request: poll },
  send_messages: {
    request: record({ ...topic, partitioning, messagesCount: u32, record: bytes(0, 100) }),
    response: few(confirmation),
  },
  get_consumer_offset: {
    request: optionalPartition(offsetTarget),
    response: missing(record({ partition: u32, currentOffset: u64, storedOffset: u64 })),
  },
  store_consumer_offset: {
    request: optionalPartition({ ...offsetTarget, offset: u64, acknowledgement }),
    response: nothing,
  },
  delete_consumer_offset: { request: optionalPartition({ ...offsetTarget, acknowledgement }), response: nothing },
  get_consumer_group: { request: record(group), response: missing(groupDetails) },
  get_consumer_groups: { request: record(topic), response: few(groupRecord) },
  create_consumer_group: { request: record({ ...topic, name }), response: groupDetails },
  delete_consumer_group: { request: record(group), response: nothing },
  join_consumer_group: { request: record(group), response: nothing },
  leave_consumer_group: { request: record(group), response: nothing },
  sync_consumer_group: {
    request: record(group),
    response: missing(record({ generation: u64, partitions: few(u32) })),
  },
  attach_consumer_session: { request: record(consumerSession), response: nothing },
  get_poll_routing: { request: poll, response: routing },
  poll_messages_on_primary: { request: poll },
  get_consumer_offset_routing: { request: optionalPartition(offsetTarget), response: routing },
  get_snapshot: {
    request: record({
      compression: fc.constantFrom("stored", "deflated", "bzip2", "zstd", "lzma", "xz"),
      types: few(fc.constantFrom("filesystem_overview", "process_list", "resource_usage", "server_logs", "all")),
    }),
    response: bytes(0, 100),
  },
  get_user: { request: record(user), response: missing(userDetails) },
  get_users: { request: nothing, response: few(record(userFields)) },
  create_user: {
    request: record({ username: name, password: text, status, permissions: missing(permissions), options }),
    response: userDetails,
  },
  delete_user: { request: record(user), response: nothing },
  update_user: {
    request: record({ ...user, username: missing(name), status: missing(status), options }),
    response: nothing,
  },
  update_permissions: { request: record({ ...user, permissions: missing(permissions) }), response: nothing },
  change_password: { request: record({ ...user, currentPassword: text, newPassword: text }), response: nothing },
  get_personal_access_tokens: {
    request: nothing,
    response: few(record({ name, expiresAt: missing(u64.filter((value) => value !== 0n)) })),
  },
  create_personal_access_token: { request: record({ name, expiry: u64 }), response: record({ token: name }) },
  delete_personal_access_token: { request: record({ name }), response: nothing },
};

export interface CommandExchange extends Exchange {
  readonly command: Command<unknown, unknown>;
}

/** Every command of the table with its arbitraries; a command without any is an error of this file. */
export const COMMAND_EXCHANGES: readonly CommandExchange[] = COMMANDS.map((command) => {
  const exchange = EXCHANGES[command.name];
  if (exchange === undefined) throw new Error(`no arbitraries for ${command.name}`);
  return { command, ...exchange };
});
