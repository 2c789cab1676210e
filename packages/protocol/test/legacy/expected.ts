import type { HeaderValue, Options } from "@iggy-connectors/protocol";
import { EXPECTED_REQUESTS } from "../golden/expected-requests.ts";
import { EXPECTED_RESPONSES } from "../golden/expected-responses.ts";

// What legacy fixtures decode to, per command, where it is not what the same fixture in the dialect `vsr` would be.
// biome-ignore lint/suspicious/noExplicitAny: fixture bodies are described in prose, not by a type.
type Body = any;

const uint64 = (value: string): HeaderValue => ({ kind: "uint64", value: BigInt(value) });

/** Settings as options: of a create, 0 is left out. */
function settings(body: Body, keepZero: boolean): Options {
  const options = new Map<string, HeaderValue>();
  options.set("compression_algorithm", { kind: "string", value: body.compression_algorithm === 1 ? "none" : "gzip" });
  if (keepZero || body.message_expiry !== "0") options.set("message_expiry", uint64(body.message_expiry));
  if (keepZero || body.max_topic_size !== "0") options.set("max_topic_size", uint64(body.max_topic_size));
  const factor = body.replication_factor;
  if (factor !== 0) options.set("replication_factor", { kind: "uint8", value: factor });
  return options;
}

/** The value of the dialect `vsr` without a part that does not travel here. */
function without<Part extends string>(part: Part, value: unknown): unknown {
  const { [part]: _, ...rest } = value as Record<Part, unknown>;
  return rest;
}

function vsr(command: string, body: Body): unknown {
  return EXPECTED_REQUESTS[command]!(body);
}

const topicSettings = (command: string, keepZero: boolean) => (body: Body) => ({
  ...(vsr(command, body) as object),
  options: settings(body, keepZero),
});

/** An absent partition has no key. */
const offsetTarget = (command: string) => (body: Body) => {
  if (body.partition_id !== null) return vsr(command, body);
  return without("partition", vsr(command, { ...body, partition_id: 0 }));
};

const REQUESTS: Readonly<Record<string, (body: Body) => unknown>> = {
  login_with_password: (body) => body,
  login_with_token: (body) => body,
  get_snapshot: (body) => ({ compression: body.compression === 1 ? "stored" : "other", types: body.types }),
  create_stream: (body) => without("options", vsr("create_stream", body)),
  update_stream: (body) => without("options", vsr("update_stream", body)),
  create_topic: topicSettings("create_topic", false),
  update_topic: topicSettings("update_topic", true),
  create_user: (body) => without("options", vsr("create_user", body)),
  update_user: (body) => without("options", vsr("update_user", body)),
  poll_messages: offsetTarget("poll_messages"),
  store_consumer_offset: (body) => without("acknowledgement", vsr("store_consumer_offset", body)),
  delete_consumer_offset: (body) => without("acknowledgement", vsr("delete_consumer_offset", body)),
};

export function expectedRequest(command: string, body: Body): unknown {
  return (REQUESTS[command] ?? EXPECTED_REQUESTS[command]!)(body) ?? {};
}

type Topic = { derivedOptions: Options };

/** The replication factor is a derived option. */
function withFactor(topic: Topic, body: Body): Topic {
  return {
    ...topic,
    derivedOptions: new Map([["replication_factor", { kind: "uint8", value: body.replication_factor }]]),
  };
}

const streamDetails = (command: string) => (body: Body) => {
  const stream = EXPECTED_RESPONSES[command]!(body) as { topics: Topic[] } | undefined;
  return stream && { ...stream, topics: stream.topics.map((topic, index) => withFactor(topic, body.topics[index])) };
};
const topicDetails = (command: string) => (body: Body) => withFactor(EXPECTED_RESPONSES[command]!(body) as Topic, body);

const RESPONSES: Readonly<Record<string, (body: Body) => unknown>> = {
  login_with_password: (body) => ({ userId: body.user_id }),
  login_with_token: (body) => ({ userId: body.user_id }),
  create_stream: streamDetails("create_stream"),
  get_stream: streamDetails("get_stream"),
  create_topic: topicDetails("create_topic"),
  get_topic: topicDetails("get_topic"),
  get_topics: (body) =>
    (EXPECTED_RESPONSES.get_topics!(body) as Topic[]).map((topic, index) => withFactor(topic, body.topics[index])),
};

export function expectedResponse(command: string, body: Body): unknown {
  return (RESPONSES[command] ?? EXPECTED_RESPONSES[command]!)(body);
}
