import type { CompleteMultipartUploadCommandInput, PutObjectCommandInput } from "@aws-sdk/client-s3";
import { ConnectorError, errorMessage, type Logger, retry, retryDelay } from "@iggy-connectors/sdk";
import type { S3SinkConfig } from "../config.ts";
import { type Connection, connect } from "./client.ts";
import {
  DENIED,
  isCredentialsRefused,
  isMissingObject,
  isPreconditionFailed,
  isUnexplained,
  storeError,
} from "./errors.ts";
import { Turns } from "./turns.ts";

const MAX_RETRY_DELAY = 60_000;
const ABORT_TIMEOUT = 5_000;

export type Metadata = Readonly<Record<string, string>>;

export interface NewObject {
  readonly key: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly metadata: Metadata;
  /** Only if no object has the name yet. */
  readonly onlyNew: boolean;
}

export interface StoredText {
  readonly text: string;
  readonly etag: string;
}

/** The operations that the sink needs of a store, each retried up to `max_attempts`. Throws RetryableError or FatalError. */
export class ObjectStore {
  readonly #config: S3SinkConfig;
  readonly #connection: Connection;
  readonly #turns: Turns;
  readonly #logger: Logger;
  #worked = false;

  private constructor(config: S3SinkConfig, connection: Connection, logger: Logger) {
    this.#config = config;
    this.#connection = connection;
    this.#turns = new Turns(config.parallel_uploads);
    this.#logger = logger;
  }

  /** From now on bucket, credentials and permissions are known to be right: that they are refused may pass. */
  works(): void {
    this.#worked = true;
  }

  static async connect(config: S3SinkConfig, logger: Logger): Promise<ObjectStore> {
    return new ObjectStore(config, await connect(config), logger);
  }

  close(): void {
    this.#connection.close();
  }

  async bucketExists(signal: AbortSignal): Promise<void> {
    const { sdk } = this.#connection;
    const { bucket } = this.#config;
    const command = new sdk.HeadBucketCommand({ Bucket: bucket });
    await this.#repeat(`looking at bucket ${bucket}`, signal, async () => {
      try {
        await this.#connection.client.send(command, { abortSignal: signal });
      } catch (error) {
        // An answer without a body has no name of its own.
        if (isMissingObject(error)) throw Object.assign(error as Error, { name: "NoSuchBucket" });
        throw error;
      }
    });
  }

  /** Writes an object in one request or in parts. `exists`: it was to be new and there is one, perhaps of an earlier attempt of ours. */
  create(object: NewObject, signal: AbortSignal): Promise<"created" | "exists"> {
    const upload = object.body.length > this.#config.part_size ? this.#uploadParts : this.#putWhole;
    return this.#repeat(`writing ${object.key}`, signal, async () => {
      try {
        await upload.call(this, object, signal);
        return "created";
      } catch (error) {
        if (object.onlyNew && isPreconditionFailed(error)) return "exists";
        throw error;
      }
    });
  }

  /** Replaces a small object that has this ETag, or makes it where `etag` is undefined. undefined: it was replaced meanwhile. */
  replace(key: string, text: string, etag: string | undefined, signal: AbortSignal): Promise<string | undefined> {
    const { sdk } = this.#connection;
    return this.#repeat(`writing ${key}`, signal, async () => {
      try {
        const reply = await this.#connection.client.send(
          new sdk.PutObjectCommand({
            Bucket: this.#config.bucket,
            Key: key,
            Body: text,
            ContentType: "application/json",
            ...this.#encryption(),
            ...(etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: etag }),
          }),
          { abortSignal: signal },
        );
        return reply.ETag ?? "";
      } catch (error) {
        // A missing object does not have the ETag either.
        if (isPreconditionFailed(error) || (etag !== undefined && isMissingObject(error))) return undefined;
        throw error;
      }
    });
  }

  read(key: string, maxBytes: number, signal: AbortSignal): Promise<StoredText | undefined> {
    const { sdk } = this.#connection;
    return this.#repeat(`reading ${key}`, signal, async () => {
      try {
        const command = new sdk.GetObjectCommand({
          Bucket: this.#config.bucket,
          Key: key,
          Range: `bytes=0-${maxBytes - 1}`,
        });
        const reply = await this.#connection.client.send(command, { abortSignal: signal });
        return { text: (await reply.Body?.transformToString()) ?? "", etag: reply.ETag ?? "" };
      } catch (error) {
        if (isMissingObject(error)) return undefined;
        throw error;
      }
    });
  }

  /** An object's own metadata; undefined: no such object. */
  metadata(key: string, signal: AbortSignal): Promise<Metadata | undefined> {
    const { sdk } = this.#connection;
    const target = { Bucket: this.#config.bucket, Key: key };
    return this.#repeat(`looking at ${key}`, signal, async () => {
      try {
        const { client } = this.#connection;
        try {
          return (await client.send(new sdk.HeadObjectCommand(target), { abortSignal: signal })).Metadata ?? {};
        } catch (error) {
          if (!isUnexplained(error)) throw error;
          // An answer without a body does not say why: expired credentials and missing permissions look alike.
          const reply = await client.send(new sdk.GetObjectCommand({ ...target, Range: "bytes=0-0" }), {
            abortSignal: signal,
          });
          await reply.Body?.transformToByteArray();
          return reply.Metadata ?? {};
        }
      } catch (error) {
        if (isMissingObject(error)) return undefined;
        throw error;
      }
    });
  }

  /** Whose object has a name. `hidden`: these credentials are not allowed to see it, where that may be answered. */
  async look(key: string, mayBeHidden: boolean, signal: AbortSignal): Promise<Metadata | "nothing" | "hidden"> {
    try {
      return (await this.metadata(key, signal)) ?? "nothing";
    } catch (error) {
      if (mayBeHidden && error instanceof ConnectorError && error.code === DENIED) return "hidden";
      throw error;
    }
  }

  /** Frees the parts of uploads to this name that were never completed. Best effort: a store may not list them. */
  async abortUploads(key: string, signal: AbortSignal): Promise<void> {
    const { sdk } = this.#connection;
    const { bucket } = this.#config;
    try {
      const { Uploads = [] } = await this.#connection.client.send(
        new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }),
        {
          abortSignal: signal,
        },
      );
      for (const { Key, UploadId } of Uploads)
        if (Key === key && UploadId !== undefined) await this.#abort(key, UploadId);
    } catch (error) {
      this.#logger.debug(
        `cannot list incomplete uploads to ${key}: ${storeError(error, { doing: "listing", bucket }).message}`,
      );
    }
  }

  async #putWhole({ key, body, contentType, metadata, onlyNew }: NewObject, signal: AbortSignal): Promise<void> {
    const { sdk } = this.#connection;
    const input: PutObjectCommandInput = {
      Bucket: this.#config.bucket,
      Key: key,
      Body: body,
      ContentType: contentType,
      Metadata: { ...metadata },
      ...this.#options(),
      ...(onlyNew ? { IfNoneMatch: "*" } : {}),
    };
    await this.#turns.run(signal, () =>
      this.#connection.client.send(new sdk.PutObjectCommand(input), { abortSignal: signal }),
    );
  }

  async #uploadParts({ key, body, contentType, metadata, onlyNew }: NewObject, signal: AbortSignal): Promise<void> {
    const { sdk } = this.#connection;
    const target = { Bucket: this.#config.bucket, Key: key };
    const begun = await this.#connection.client.send(
      new sdk.CreateMultipartUploadCommand({
        ...target,
        ContentType: contentType,
        Metadata: { ...metadata },
        ...this.#options(),
      }),
      { abortSignal: signal },
    );
    const UploadId = begun.UploadId as string;
    // The first part that fails stops the others.
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const size = this.#config.part_size;
    const parts = Array.from({ length: Math.ceil(body.length / size) }, async (_, index) => {
      const Body = body.subarray(index * size, (index + 1) * size);
      const PartNumber = index + 1;
      const command = new sdk.UploadPartCommand({ ...target, UploadId, PartNumber, Body });
      const { ETag } = await this.#repeat(`writing part ${PartNumber} of ${key}`, either, () =>
        this.#turns.run(either, () => this.#connection.client.send(command, { abortSignal: either })),
      );
      return { PartNumber, ETag };
    });
    try {
      const complete: CompleteMultipartUploadCommandInput = {
        ...target,
        UploadId,
        MultipartUpload: { Parts: await Promise.all(parts) },
        ...(onlyNew ? { IfNoneMatch: "*" } : {}),
      };
      await this.#connection.client.send(new sdk.CompleteMultipartUploadCommand(complete), { abortSignal: signal });
    } catch (error) {
      failed.abort();
      // A part that arrives after the request to abort would stay.
      await Promise.allSettled(parts);
      await this.#abort(key, UploadId);
      throw error;
    }
  }

  /** Parts of an object that will not exist must not be stored and paid for. */
  async #abort(key: string, UploadId: string): Promise<void> {
    const { sdk } = this.#connection;
    const { bucket } = this.#config;
    try {
      await this.#connection.client.send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId }), {
        abortSignal: AbortSignal.timeout(ABORT_TIMEOUT),
      });
    } catch (error) {
      if (isMissingObject(error)) return;
      this.#logger.warn(
        `parts of an upload to ${key} remain in the store: ${storeError(error, { doing: "aborting the upload", bucket }).message}`,
      );
    }
  }

  #encryption(): Pick<PutObjectCommandInput, "ServerSideEncryption" | "SSEKMSKeyId"> {
    const { server_side_encryption, kms_key_id } = this.#config;
    return {
      ...(server_side_encryption === undefined ? {} : { ServerSideEncryption: server_side_encryption }),
      ...(kms_key_id === undefined ? {} : { SSEKMSKeyId: kms_key_id }),
    };
  }

  #options(): Pick<PutObjectCommandInput, "StorageClass" | "ACL" | "Tagging"> {
    const { storage_class, acl, tags } = this.#config;
    const tagging = new URLSearchParams(tags).toString();
    return {
      ...this.#encryption(),
      ...(storage_class === undefined ? {} : { StorageClass: storage_class as PutObjectCommandInput["StorageClass"] }),
      ...(acl === undefined ? {} : { ACL: acl as PutObjectCommandInput["ACL"] }),
      ...(tagging === "" ? {} : { Tagging: tagging }),
    };
  }

  /** What is refused to a store that worked, or to credentials that are found elsewhere, may be granted again. */
  #mayPass(cause: unknown): boolean {
    return this.#worked || (isCredentialsRefused(cause) && this.#config.access_key_id === undefined);
  }

  #repeat<Result>(doing: string, signal: AbortSignal, call: () => Promise<Result>): Promise<Result> {
    const { max_attempts: attempts, retry_delay: delay, bucket } = this.#config;
    const options = { attempts, delay, maxDelay: MAX_RETRY_DELAY };
    const work = async (): Promise<Result> => {
      const { client } = this.#connection;
      try {
        return await call();
      } catch (cause) {
        signal.throwIfAborted();
        if (isCredentialsRefused(cause)) this.#connection.renew(client);
        throw storeError(cause, { doing, bucket, passing: this.#mayPass(cause) });
      }
    };
    return retry(work, {
      signal,
      delayAfter: (error, attempt) => retryDelay(error, attempt, options),
      onRetry: ({ attempt, delay, error }) =>
        this.#logger.debug(`attempt ${attempt} failed, the next is in ${Math.round(delay)} ms: ${errorMessage(error)}`),
    });
  }
}
