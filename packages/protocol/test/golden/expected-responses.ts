import type { ClientInfo, Partition, Stream, Topic, User } from "@iggy-connectors/protocol";
import { consumerSession, permissions, userStatus } from "./expected-values.ts";
import { options } from "./fixtures.ts";

// The fixtures describe response bodies in prose; what they decode to is stated here, per command.
// biome-ignore lint/suspicious/noExplicitAny: see above.
type Body = any;

const empty = (): undefined => undefined;

function stream(body: Body): Stream {
  return {
    id: body.id,
    createdAt: BigInt(body.created_at),
    topicsCount: body.topics_count,
    size: BigInt(body.size_bytes),
    messagesCount: BigInt(body.messages_count),
    name: body.name,
    options: options(body.options),
  };
}

function topic(body: Body): Topic {
  return {
    id: body.id,
    createdAt: BigInt(body.created_at),
    partitionsCount: body.partitions_count,
    messageExpiry: BigInt(body.message_expiry),
    compression: body.compression_algorithm === 1 ? "none" : "gzip",
    maxTopicSize: BigInt(body.max_topic_size),
    size: BigInt(body.size_bytes),
    messagesCount: BigInt(body.messages_count),
    name: body.name,
    options: options(body.explicit_options ?? body.options),
    derivedOptions: options(body.derived_options),
  };
}

function partition(body: Body): Partition {
  return {
    id: body.id,
    createdAt: BigInt(body.created_at),
    segmentsCount: body.segments_count,
    currentOffset: BigInt(body.current_offset),
    size: BigInt(body.size_bytes),
    messagesCount: BigInt(body.messages_count),
  };
}

const streamDetails = (body: Body) =>
  body && { ...stream(body.stream ?? body), topics: (body.topics ?? []).map(topic) };
const topicDetails = (body: Body) =>
  body && { ...topic(body.topic ?? body), partitions: body.partitions.map(partition) };

function client(body: Body): ClientInfo {
  return {
    id: body.client_id,
    userId: body.user_id === 4294967295 ? undefined : body.user_id,
    transport: (["tcp", "quic", "http", "websocket"] as const)[body.transport - 1]!,
    address: body.address,
    groupsCount: body.consumer_groups_count,
  };
}

function clientDetails(body: Body) {
  if (body === undefined) return undefined;
  const groups = body.consumer_groups.map((group: Body) => ({
    streamId: group.stream_id,
    topicId: group.topic_id,
    groupId: group.group_id,
  }));
  return { ...client(body), groups };
}

const group = (body: Body) => ({
  id: body.id,
  partitionsCount: body.partitions_count,
  membersCount: body.members_count,
  name: body.name,
});
const member = (body: Body) => ({ id: body.id, partitions: body.partitions });
const groupDetails = (body: Body) => body && { ...group(body), members: body.members.map(member) };

const node = (body: Body) => ({
  name: body.name,
  ip: body.ip,
  tcpPort: body.tcp_port ?? body.tcp,
  quicPort: body.quic_port ?? body.quic,
  httpPort: body.http_port ?? body.http,
  webSocketPort: body.websocket_port ?? body.websocket,
  role: typeof body.role === "string" ? body.role : ["leader", "follower"][body.role],
  status: typeof body.status === "string" ? body.status : ["healthy", "starting"][body.status],
});

const stats = (body: Body) => ({
  processId: body.process_id,
  cpuUsage: body.cpu_usage,
  totalCpuUsage: body.total_cpu_usage,
  memoryUsage: BigInt(body.memory_usage),
  totalMemory: BigInt(body.total_memory),
  availableMemory: BigInt(body.available_memory),
  runTime: BigInt(body.run_time),
  startTime: BigInt(body.start_time),
  readBytes: BigInt(body.read_bytes),
  writtenBytes: BigInt(body.written_bytes),
  messagesSize: BigInt(body.messages_size_bytes),
  streamsCount: body.streams_count,
  topicsCount: body.topics_count,
  partitionsCount: body.partitions_count,
  segmentsCount: body.segments_count,
  messagesCount: BigInt(body.messages_count),
  clientsCount: body.clients_count,
  consumerGroupsCount: body.consumer_groups_count,
  hostname: body.hostname,
  osName: body.os_name,
  osVersion: body.os_version,
  kernelVersion: body.kernel_version,
  serverVersion: body.iggy_server_version,
  serverSemver: body.iggy_server_semver,
  cacheMetrics: [],
  threadsCount: body.threads_count,
  freeDiskSpace: BigInt(body.free_disk_space),
  totalDiskSpace: BigInt(body.total_disk_space),
});

const routing = (body: Body) => ({ ...consumerSession(body), primary: node(body.primary) });

function user(body: Body): User {
  return {
    id: body.id,
    createdAt: BigInt(body.created_at),
    status: userStatus(body.status),
    username: body.username,
    options: options(body.options),
  };
}

const userDetails = (body: Body) => body && { ...user(body), permissions: permissions(body.permissions) };

/** The response a fixture's body stands for; polls are compared message by message elsewhere. */
export const EXPECTED_RESPONSES: Readonly<Record<string, (body: Body) => unknown>> = {
  ping: empty,
  logout: empty,
  get_cluster_metadata: (body) => ({ name: body.name, nodes: body.nodes.map(node) }),
  get_stats: stats,
  get_me: clientDetails,
  get_client: clientDetails,
  get_clients: (body) => (body.clients ?? body).map(client),
  describe_options: (body) =>
    (Array.isArray(body) ? body : body.entries).map((entry: Body) => ({
      key: entry.key,
      kind: entry.kind,
      defaultValue: Buffer.from(entry.default_hex, "hex"),
      description: entry.description,
    })),
  get_stream: streamDetails,
  get_streams: (body) => (body?.streams ?? body ?? []).map(stream),
  create_stream: streamDetails,
  update_stream: empty,
  delete_stream: empty,
  purge_stream: empty,
  get_topic: topicDetails,
  get_topics: (body) => (body.topics ?? body).map(topic),
  create_topic: topicDetails,
  update_topic: empty,
  delete_topic: empty,
  purge_topic: empty,
  create_partitions: empty,
  delete_partitions: empty,
  delete_segments: empty,
  flush_unsaved_buffer: empty,
  send_messages: (body) =>
    (body?.confirmations ?? []).map((confirmation: Body) => ({
      streamId: confirmation.stream_id,
      topicId: confirmation.topic_id,
      partition: confirmation.partition_id,
      baseOffset: BigInt(confirmation.base_offset),
    })),
  get_consumer_offset: (body) =>
    body && {
      partition: body.partition_id,
      currentOffset: BigInt(body.current_offset),
      storedOffset: BigInt(body.stored_offset),
    },
  store_consumer_offset: empty,
  delete_consumer_offset: empty,
  get_consumer_group: groupDetails,
  get_consumer_groups: (body) => (body?.groups ?? body ?? []).map(group),
  create_consumer_group: groupDetails,
  delete_consumer_group: empty,
  join_consumer_group: empty,
  leave_consumer_group: empty,
  sync_consumer_group: (body) => body && { generation: BigInt(body.generation), partitions: body.partitions },
  attach_consumer_session: empty,
  get_poll_routing: routing,
  get_consumer_offset_routing: routing,
  get_user: userDetails,
  get_users: (body) => (body.users ?? body).map(user),
  create_user: userDetails,
  delete_user: empty,
  update_user: empty,
  update_permissions: empty,
  change_password: empty,
  get_personal_access_tokens: (body) =>
    (body.tokens ?? body).map(({ name, expiry_at }: Body) => ({
      name,
      expiresAt: expiry_at === "0" ? undefined : BigInt(expiry_at),
    })),
  create_personal_access_token: (body) => ({ token: body.token }),
  delete_personal_access_token: empty,
};

export const expectedLoginResult = (body: Body) => ({
  userId: body.user_id,
  session: BigInt(body.session),
  protocolVersion: body.server_protocol_version.packed ?? body.server_protocol_version,
  serverVersion: body.server_version,
});
