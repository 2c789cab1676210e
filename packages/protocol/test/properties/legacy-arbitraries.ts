import {
  type CommandLayout,
  type HeaderValue,
  legacy,
  type Options,
  type StreamDetails,
  type Topic,
} from "@iggy-connectors/protocol";
import fc from "fast-check";
import {
  bytes,
  EXCHANGES,
  type Exchange,
  missing,
  name,
  offsetTarget,
  optionalPartition,
  permissions,
  record,
  status,
  stream,
  text,
  topic,
  u8,
  u32,
  u64,
  user,
} from "./arbitraries.ts";

const NO_OPTIONS: Options = new Map();

/** A resource as this dialect carries it: without options. */
const bare = <Value extends object>(value: Value): Value => ({ ...value, options: NO_OPTIONS });

const factor: Options = new Map([["replication_factor", { kind: "uint8", value: 3 }]]);
const bareTopic = <Value extends Topic>(value: Value): Value => ({ ...bare(value), derivedOptions: factor });
const bareStream = (value: StreamDetails): StreamDetails => ({ ...bare(value), topics: value.topics.map(bareTopic) });

/** What the dialect `vsr` may answer, turned into what this one can say. */
function response(command: string, change: (value: never) => unknown): fc.Arbitrary<unknown> {
  const { response } = EXCHANGES[command]!;
  return response!.map((value) => {
    if (value === undefined) return undefined;
    return Array.isArray(value) ? value.map((element) => change(element as never)) : change(value as never);
  });
}

const settings = (minimum: bigint) =>
  fc
    .record({
      compression: fc.constantFrom("none", "gzip"),
      expiry: u64.filter((value) => value >= minimum),
      size: u64.filter((value) => value >= minimum),
      factor: u8,
    })
    .map(({ compression, expiry, size, factor }): Options => {
      const options: [string, HeaderValue][] = [
        ["compression_algorithm", { kind: "string", value: compression }],
        ["message_expiry", { kind: "uint64", value: expiry }],
        ["max_topic_size", { kind: "uint64", value: size }],
      ];
      if (factor > 0) options.push(["replication_factor", { kind: "uint8", value: factor }]);
      return new Map(options);
    });

/** Where this dialect differs. */
const OWN: Readonly<Record<string, Exchange>> = {
  login_with_password: {
    request: record({ username: name, password: text, version: text, context: text }),
    response: record({ userId: u32 }),
  },
  login_with_token: { request: record({ token: name }), response: record({ userId: u32 }) },
  get_snapshot: { ...EXCHANGES.get_snapshot!, response: bytes(2, 100) },
  create_stream: { request: record({ name }), response: response("create_stream", bareStream) },
  update_stream: { request: record({ ...stream, name }), response: EXCHANGES.update_stream!.response! },
  get_stream: { ...EXCHANGES.get_stream!, response: response("get_stream", bareStream) },
  get_streams: { ...EXCHANGES.get_streams!, response: response("get_streams", bare) },
  create_topic: {
    request: record({ ...stream, partitionsCount: u32, name, options: settings(1n) }),
    response: response("create_topic", bareTopic),
  },
  update_topic: {
    request: record({ ...topic, name, options: settings(0n) }),
    response: EXCHANGES.update_topic!.response!,
  },
  get_topic: { ...EXCHANGES.get_topic!, response: response("get_topic", bareTopic) },
  get_topics: { ...EXCHANGES.get_topics!, response: response("get_topics", bareTopic) },
  create_user: {
    request: record({ username: name, password: text, status, permissions: missing(permissions) }),
    response: response("create_user", bare),
  },
  update_user: {
    request: record({ ...user, username: missing(name), status: missing(status) }),
    response: EXCHANGES.update_user!.response!,
  },
  get_user: { ...EXCHANGES.get_user!, response: response("get_user", bare) },
  get_users: { ...EXCHANGES.get_users!, response: response("get_users", bare) },
  store_consumer_offset: {
    request: optionalPartition({ ...offsetTarget, offset: u64 }),
    response: EXCHANGES.store_consumer_offset!.response!,
  },
  delete_consumer_offset: {
    request: optionalPartition(offsetTarget),
    response: EXCHANGES.delete_consumer_offset!.response!,
  },
  send_messages: { request: EXCHANGES.send_messages!.request, response: fc.constant([]) },
};

export interface LegacyExchange extends Exchange {
  readonly command: CommandLayout<unknown, unknown>;
}

/** Every command of the table with its arbitraries; a command without any is an error of this file. */
export const LEGACY_EXCHANGES: readonly LegacyExchange[] = legacy.COMMANDS.map((command) => {
  const exchange = OWN[command.name] ?? EXCHANGES[command.name];
  if (exchange === undefined) throw new Error(`no arbitraries for ${command.name}`);
  return { command, ...exchange };
});
