import type { MessageFrames } from "@iggy-connectors/protocol";
import type { Codec, RemoteSchemas } from "./codec.ts";

/** Fetches schemas. Rejects with `RetryableError` while the registry is unavailable. */
export type FetchSchemas = (signal: AbortSignal) => Promise<void>;

/**
 * How to fetch the schemas that the messages from index `from` on need, all at once; `undefined`: nothing has to be fetched, as always
 * for codecs without a registry. Ask again after fetching, until nothing is missing, and then decode immediately: a schema may be
 * evicted from the cache when others are fetched.
 */
export function prepareDecode({ remote }: Codec, frames: MessageFrames, from: number): FetchSchemas | undefined {
  if (remote === undefined) return undefined;
  if (remote.readsCurrent) return remote.needsCurrent ? (signal) => remote.fetchCurrent(signal) : undefined;
  // Known ones as well: no schema of the batch may be evicted for another one of it.
  const ids = idsOf(remote, frames, from);
  for (const id of ids) if (!remote.has(id)) return (signal) => remote.fetch(ids, signal);
  return undefined;
}

/** As `prepareDecode`, for values that are going to be encoded. */
export function prepareEncode({ remote }: Codec): FetchSchemas | undefined {
  return remote?.needsCurrent === true ? (signal) => remote.fetchCurrent(signal) : undefined;
}

function idsOf(remote: RemoteSchemas, frames: MessageFrames, from: number): ReadonlySet<number> {
  const ids = new Set<number>();
  for (let index = from; index < frames.length; index++) {
    const id = remote.idOf(frames.buffer, frames.payloadStart(index), frames.payloadEnd(index));
    if (id !== undefined) ids.add(id);
  }
  return ids;
}
