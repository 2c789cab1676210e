import type { ConsumerSession, Permissions, UserStatus } from "@iggy-connectors/protocol";

// Values that requests and responses of fixtures share.
// biome-ignore lint/suspicious/noExplicitAny: fixture files are described in prose, not by a type.
type Body = any;

export function userStatus(code: number): UserStatus {
  return code === 1 ? "active" : "inactive";
}

export function consumerSession(body: Body): ConsumerSession {
  return {
    client: BigInt(`0x${Buffer.from(body.client_id_hex_le, "hex").reverse().toString("hex")}`),
    session: BigInt(body.session),
    metadataWatermark: BigInt(body.metadata_watermark),
  };
}

/** Fixtures name the same flags, with other spelling: `manage_servers`. */
export function permissions(body: Body): Permissions | undefined {
  if (body === null) return undefined;
  const streams = body.streams.map(({ stream_id, topics, ...flags }: Body) => [
    stream_id,
    { ...camelCased(flags), topics: new Map(topics.map(topicEntry)) },
  ]);
  return { global: camelCased(body.global) as unknown as Permissions["global"], streams: new Map(streams) };
}

function topicEntry({ topic_id, ...flags }: Body) {
  return [topic_id, camelCased(flags)] as const;
}

function camelCased(flags: Record<string, boolean>): Record<string, boolean> {
  const entries = Object.entries(flags).map(([name, set]) => [
    name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    set,
  ]);
  return Object.fromEntries(entries);
}
