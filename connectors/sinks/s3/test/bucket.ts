import { gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import type { S3Server } from "@iggy-connectors/test-support";

export interface Stored {
  readonly key: string;
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A bucket of its own for one test, looked at without the sink. */
export class TestBucket {
  readonly name: string;
  readonly client: S3Client;
  readonly #server: S3Server;

  private constructor(server: S3Server, client: S3Client, name: string) {
    this.#server = server;
    this.client = client;
    this.name = name;
  }

  static async create(server: S3Server): Promise<TestBucket> {
    const { url: endpoint, accessKeyId, secretAccessKey } = server;
    const client = new S3Client({
      endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const name = `iggy-${crypto.randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket: name }));
    return new TestBucket(server, client, name);
  }

  /** Settings of a sink that writes here. */
  settings(endpoint: string = this.#server.url): Record<string, unknown> {
    return {
      bucket: this.name,
      region: "us-east-1",
      endpoint,
      access_key_id: this.#server.accessKeyId,
      secret_access_key: this.#server.secretAccessKey,
      retry_delay: "1ms",
    };
  }

  /** Names of all objects, sorted; without those that the sink keeps for itself. */
  async keys(prefix = ""): Promise<string[]> {
    const keys: string[] = [];
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: this.client },
      { Bucket: this.name, Prefix: prefix },
    ))
      for (const { Key = "" } of Contents) if (!Key.includes(".iggy-connectors/")) keys.push(Key);
    return keys.sort();
  }

  async get(key: string): Promise<Stored> {
    const reply = await this.client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
    const body = Buffer.from((await reply.Body?.transformToByteArray()) ?? []);
    return { key, body, contentType: reply.ContentType, metadata: reply.Metadata ?? {} };
  }

  async objects(): Promise<Stored[]> {
    return Promise.all((await this.keys()).map((key) => this.get(key)));
  }

  /** All objects as text, decompressed, one behind the other. */
  async text(): Promise<string> {
    return (await this.objects()).map(({ key, body }) => decompressed(key, body).toString()).join("");
  }

  async put(key: string, body: string): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body: body }));
  }

  async delete(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }));
  }

  async openUploads(): Promise<string[]> {
    const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.name }));
    return Uploads.map(({ Key = "" }) => Key);
  }
}

function decompressed(key: string, body: Buffer): Buffer {
  if (key.endsWith(".gz")) return gunzipSync(body);
  return key.endsWith(".zst") ? zstdDecompressSync(body) : body;
}
