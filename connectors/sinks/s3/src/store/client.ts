import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import type { S3SinkConfig } from "../config.ts";

type Sdk = typeof import("@aws-sdk/client-s3");

const CONNECTION_TIMEOUT = 5_000;
/** Clients with former credentials that may still have requests on their way. */
const MAX_CLIENTS = 4;

/** The official client, and how to make it again with credentials that are read again. */
export class Connection {
  readonly sdk: Sdk;
  readonly #make: () => S3Client;
  readonly #clients: S3Client[] = [];

  constructor(sdk: Sdk, make: () => S3Client) {
    this.sdk = sdk;
    this.#make = make;
    this.#clients.push(make());
  }

  get client(): S3Client {
    return this.#clients.at(-1) as S3Client;
  }

  /** Reads the credentials again, unless that was done since `client` was in use. Requests on their way keep their client. */
  renew(client: S3Client): void {
    if (client !== this.client) return;
    this.#clients.push(this.#make());
    if (this.#clients.length > MAX_CLIENTS) this.#clients.shift()?.destroy();
  }

  close(): void {
    for (const client of this.#clients) client.destroy();
  }
}

/** They are loaded here, so that a configuration is read without them. */
export async function connect(config: S3SinkConfig): Promise<Connection> {
  const sdk = await import("@aws-sdk/client-s3");
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  const { profile } = config;
  // The SDK keeps the shared files of AWS in memory for the whole process, and credentials without an end for ever.
  const provider = () => defaultProvider({ ...(profile === undefined ? {} : { profile }), ignoreCache: true });
  return new Connection(sdk, () => new sdk.S3Client({ credentials: provider(), ...clientConfig(config) }));
}

function clientConfig(config: S3SinkConfig): S3ClientConfig {
  const { endpoint, access_key_id, secret_access_key, session_token } = config;
  const own = endpoint !== undefined;
  return {
    region: config.region,
    forcePathStyle: config.path_style ?? own,
    // Attempts are counted and delayed as the configuration says.
    maxAttempts: 1,
    ...(own ? { endpoint } : {}),
    ...(access_key_id === undefined || secret_access_key === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: access_key_id,
            secretAccessKey: secret_access_key,
            ...(session_token === undefined ? {} : { sessionToken: session_token }),
          },
        }),
    // Other stores than Amazon's may not know the checksums that the SDK adds by itself.
    requestChecksumCalculation: own ? "WHEN_REQUIRED" : "WHEN_SUPPORTED",
    responseChecksumValidation: own ? "WHEN_REQUIRED" : "WHEN_SUPPORTED",
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT,
      // Also against an answer that stops half-way: the timer runs while the socket stands still.
      socketTimeout: config.request_timeout,
    },
    // The SDK's own warnings would pass by the connector's log.
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  };
}
