import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import type { S3SinkConfig } from "../config.ts";

type Sdk = typeof import("@aws-sdk/client-s3");

const CONNECTION_TIMEOUT = 5_000;

export interface Connection {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

/** The official client. It is loaded here, so that a configuration is read without it. */
export async function connect(config: S3SinkConfig): Promise<Connection> {
  const sdk = await import("@aws-sdk/client-s3");
  return { sdk, client: new sdk.S3Client(clientConfig(config)) };
}

function clientConfig(config: S3SinkConfig): S3ClientConfig {
  const { endpoint, access_key_id, secret_access_key, session_token, profile } = config;
  const own = endpoint !== undefined;
  return {
    region: config.region,
    forcePathStyle: config.path_style ?? own,
    // Attempts are counted and delayed as the configuration says.
    maxAttempts: 1,
    ...(own ? { endpoint } : {}),
    ...(profile === undefined ? {} : { profile }),
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
