import { FatalError } from "@iggy-connectors/sdk";
import type { S3SinkConfig } from "../config.ts";
import { probeName } from "../names.ts";
import { honoursConditions, honoursIfMatch } from "./conditional-writes.ts";
import { DENIED, isUnexplained } from "./errors.ts";
import type { ObjectStore } from "./object-store.ts";

type Settings = Pick<S3SinkConfig, "bucket" | "prefix" | "delivery">;

/** What holds with this store and these credentials. */
export interface Guarantee {
  readonly exactlyOnce: boolean;
  /** The store tells a missing object from one that these credentials may not see. */
  readonly missingIsKnown: boolean;
  /** Why it is less than exactly once, with a fix. */
  readonly reason?: FatalError;
}

/**
 * Finds out what the store and the credentials allow. `look`: only with writes that the store must refuse.
 * @throws FatalError where the sink cannot work at all, or not as `delivery` asks; RetryableError where the store does not answer.
 */
export async function findGuarantee(
  store: ObjectStore,
  settings: Settings,
  signal: AbortSignal,
  look = false,
): Promise<Guarantee> {
  const { bucket, prefix, delivery } = settings;
  const listed = await mayList(store, prefix, signal);
  if (!look && !listed) await store.create({ ...EMPTY, key: probeName(prefix) }, signal);
  if (delivery === "at_least_once") return { exactlyOnce: false, missingIsKnown: listed };
  if (!listed) return wanted(settings, notListed(bucket), listed);
  const honoured = await (look ? honoursIfMatch : honoursConditions)(store, prefix, signal);
  return honoured ? { exactlyOnce: true, missingIsKnown: true } : wanted(settings, conditionsIgnored(bucket), listed);
}

const EMPTY = { body: Buffer.from("{}"), contentType: "application/json", metadata: {}, onlyNew: false };

function wanted({ delivery }: Settings, reason: FatalError, missingIsKnown: boolean): Guarantee {
  if (delivery === "exactly_once") throw reason;
  return { exactlyOnce: false, missingIsKnown, reason };
}

/** Whether a missing object can be told from a forbidden one. Wrong credentials are an error, whose reason only an answer with a body tells. */
async function mayList(store: ObjectStore, prefix: string | undefined, signal: AbortSignal): Promise<boolean> {
  let refused: unknown;
  try {
    await store.bucketExists(signal);
    return true;
  } catch (error) {
    if (!isDenied(error) && !isUnexplained(asCause(error))) throw error;
    refused = error;
  }
  try {
    await store.read(probeName(prefix), 1, signal);
  } catch (error) {
    if (!isDenied(error)) throw error;
  }
  if (!isDenied(refused)) throw refused;
  return false;
}

function asCause(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function isDenied(error: unknown): boolean {
  return error instanceof FatalError && error.code === DENIED;
}

function conditionsIgnored(bucket: string): FatalError {
  return new FatalError("the store does not support conditional writes (If-Match, If-None-Match)", {
    code: "IGC_SINK_S3_NO_CONDITIONS",
    place: `bucket ${bucket}`,
    fix: 'use a store that supports them (Amazon S3, MinIO, R2), or accept duplicates after a crash with delivery = "at_least_once"',
  });
}

function notListed(bucket: string): FatalError {
  return new FatalError(
    "the credentials are not allowed to list the bucket, so that a missing object cannot be told from a forbidden one",
    {
      code: "IGC_SINK_S3_NO_LISTING",
      place: `bucket ${bucket}`,
      fix: 'allow s3:ListBucket on the bucket, or accept duplicates after a crash with delivery = "at_least_once"',
    },
  );
}
