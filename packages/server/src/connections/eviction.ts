import { EVICTION, encodeEviction, PROTOCOL_VERSION } from "@iggy-connectors/protocol";

/**
 * An eviction frame. It answers a request, or comes unasked to a stale client; the connection stays open either way and
 * the client may log in again on it.
 */
export function evict(client: bigint, reason: number): Buffer {
  const window = reason === EVICTION.incompatibleProtocol.reason ? PROTOCOL_VERSION : 0;
  return encodeEviction({ client, reason, maximumVersion: window, minimumVersion: window });
}
