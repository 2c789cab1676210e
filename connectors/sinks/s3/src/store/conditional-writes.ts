import { FatalError } from "@iggy-connectors/sdk";
import { probeName } from "../names.ts";
import { UNSUPPORTED } from "./errors.ts";
import type { ObjectStore } from "./object-store.ts";

/** No object has this ETag: MD5 in hexadecimal has no such letters. */
const UNUSED_ETAG = '"iggy-connectors-probe"';
const TEXT = "{}";

/**
 * Whether the store refuses to replace an object that is another one than expected. Writes nothing where it does; a store
 * that ignores the condition is left with an empty probe.
 */
export async function honoursIfMatch(
  store: ObjectStore,
  prefix: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return (await store.replace(probeName(prefix), TEXT, UNUSED_ETAG, signal)) === undefined;
  } catch (error) {
    // Some stores report that they do not support it.
    if (error instanceof FatalError && error.code === UNSUPPORTED) return false;
    throw error;
  }
}

/** Whether it also refuses to create an object that exists. Leaves one small object, the probe, which is used again. */
export async function honoursConditions(
  store: ObjectStore,
  prefix: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (!(await honoursIfMatch(store, prefix, signal))) return false;
  const name = probeName(prefix);
  // The first makes it where it is not there yet, so that the second must be refused.
  const made = await store.replace(name, TEXT, undefined, signal);
  return made === undefined || (await store.replace(name, TEXT, undefined, signal)) === undefined;
}
