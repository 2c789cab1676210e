import type { ConsumerRef, Partitioning, PollingStrategy } from "@iggy-connectors/protocol";
import { consumerSession, permissions, userStatus } from "./expected-values.ts";
import { identifier, options } from "./fixtures.ts";

// The fixtures describe request bodies in prose; what they decode to is stated here, per command.
// biome-ignore lint/suspicious/noExplicitAny: see above.
type Body = any;

const empty = (): undefined => undefined;
const stream = (body: Body) => ({ stream: identifier(body.stream ?? body.stream_id) });
const topic = (body: Body) => ({ ...stream(body), topic: identifier(body.topic ?? body.topic_id) });
const group = (body: Body) => ({ ...topic(body), group: identifier(body.group ?? body.group_id) });
const named = (body: Body) => ({ name: body.name, options: options(body.options) });
const partitions = (body: Body) => ({ ...topic(body), partitionsCount: body.partitions_count });
const acknowledgement = (body: Body) => ({ acknowledgement: body.ack === 1 ? "quorum" : "none" });

function consumer({ kind, id }: Body): ConsumerRef {
  return { kind: kind === "consumer" || kind === 1 ? "consumer" : "group", id: identifier(id) };
}

function offsetTarget(body: Body) {
  const partition = typeof body.partition_id === "object" ? body.partition_id.value : body.partition_id;
  return { consumer: consumer(body.consumer), ...topic(body), partition };
}

function strategy({ kind, value }: Body): PollingStrategy {
  const name = typeof kind === "number" ? ["", "offset", "timestamp", "first", "last", "next"][kind] : kind;
  if (name === "offset") return { kind: "offset", offset: BigInt(value) };
  if (name === "timestamp") return { kind: "timestamp", timestamp: BigInt(value) };
  return { kind: name };
}

function poll(body: Body) {
  return {
    ...offsetTarget(body),
    strategy: strategy(body.strategy),
    count: body.count,
    autoCommit: Boolean(body.auto_commit),
  };
}

function partitioning(value: Body): Partitioning {
  if (value.kind === "balanced") return { kind: "balanced" };
  if (value.kind === "partition_id") return { kind: "partition", partition: value.partition_id ?? value.value };
  return { kind: "key", key: Buffer.from(value.value_hex ?? Buffer.from(value.key, "utf8").toString("hex"), "hex") };
}

const user = (body: Body) => ({ user: identifier(body.user_id) });

/** The request a fixture's body stands for, without `record` for sends. Commands that are not here have no fixture. */
export const EXPECTED_REQUESTS: Readonly<Record<string, (body: Body) => unknown>> = {
  ping: empty,
  attach_consumer_session: (body) => consumerSession(body),
  logout: empty,
  get_cluster_metadata: empty,
  get_stats: empty,
  get_me: empty,
  get_clients: empty,
  get_streams: empty,
  describe_options: (body) => ({ scope: ["", "topic", "stream", "user"][body.scope] }),
  get_client: (body) => ({ id: body.client_id }),
  get_stream: stream,
  create_stream: named,
  update_stream: (body) => ({ ...stream(body), ...named(body) }),
  delete_stream: stream,
  purge_stream: stream,
  get_topic: topic,
  get_topics: stream,
  create_topic: (body) => ({ ...stream(body), partitionsCount: body.partitions_count, ...named(body) }),
  update_topic: (body) => ({ ...topic(body), ...named(body) }),
  delete_topic: topic,
  purge_topic: topic,
  create_partitions: partitions,
  delete_partitions: partitions,
  delete_segments: (body) => ({ ...topic(body), partition: body.partition_id, segmentsCount: body.segments_count }),
  flush_unsaved_buffer: (body) => ({ ...topic(body), partition: body.partition_id, fsync: body.fsync === 1 }),
  poll_messages: poll,
  send_messages: (body) => ({
    ...topic(body),
    partitioning: partitioning(body.partitioning),
    messagesCount: body.messages_count,
  }),
  get_consumer_offset: offsetTarget,
  store_consumer_offset: (body) => ({ ...offsetTarget(body), offset: BigInt(body.offset), ...acknowledgement(body) }),
  delete_consumer_offset: (body) => ({ ...offsetTarget(body), ...acknowledgement(body) }),
  get_consumer_group: group,
  get_consumer_groups: topic,
  create_consumer_group: (body) => ({ ...topic(body), name: body.name }),
  delete_consumer_group: group,
  join_consumer_group: group,
  leave_consumer_group: group,
  sync_consumer_group: group,
  get_poll_routing: poll,
  poll_messages_on_primary: poll,
  get_consumer_offset_routing: offsetTarget,
  get_user: user,
  get_users: empty,
  create_user: (body) => ({
    username: body.username,
    password: body.password,
    status: userStatus(body.status),
    permissions: permissions(body.permissions),
    options: options(body.options),
  }),
  delete_user: user,
  update_user: (body) => ({
    ...user(body),
    username: body.username,
    status: userStatus(body.status),
    options: options(body.options),
  }),
  update_permissions: (body) => ({ ...user(body), permissions: permissions(body.permissions) }),
  change_password: (body) => ({
    ...user(body),
    currentPassword: body.current_password,
    newPassword: body.new_password,
  }),
  get_personal_access_tokens: empty,
  create_personal_access_token: (body) => ({ name: body.name, expiry: BigInt(body.expiry) }),
  delete_personal_access_token: (body) => ({ name: body.name }),
};

export function expectedLogin(body: Body) {
  const prefix = { version: body.protocol_version, sdkName: body.sdk_name, sdkVersion: body.sdk_version };
  if (body.token !== undefined) return { ...prefix, kind: "token", token: body.token };
  return { ...prefix, kind: "password", username: body.username, password: body.password };
}
