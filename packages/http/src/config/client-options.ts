import { type ConnectorContext, errorMessage, type RetryOptions } from "@iggy-connectors/sdk";
import type { AuthOptions } from "../auth/options.ts";
import type { HttpClientOptions, TlsOptions } from "../options.ts";
import type { StatusPolicy } from "../status-policy.ts";
import type { AuthConfig } from "./auth-config.ts";
import type { HttpClientConfig, HttpRetryConfig, HttpStatusConfig } from "./client-config.ts";
import type { ClientTlsConfig } from "./tls-config.ts";

export interface ConnectorTarget {
  readonly baseUrl: string;
  readonly urlKey?: string;
}

/** The options of the client that a connector's configuration describes; retries are logged as warnings. */
export function httpClientOptions(
  config: HttpClientConfig & Partial<HttpRetryConfig> & Partial<HttpStatusConfig>,
  target: ConnectorTarget,
  { logger, workingDirectory, retrying }: Pick<ConnectorContext, "logger" | "workingDirectory" | "retrying">,
): HttpClientOptions {
  const auth = config.auth === undefined ? undefined : authOptions(config.auth);
  return {
    ...target,
    timeout: config.timeout,
    headers: config.headers,
    compression: config.compression,
    connections: config.max_connections,
    maxResponseBytes: config.max_response_bytes,
    retry: retryOptions(config),
    statuses: statusPolicy(config),
    ...(auth === undefined ? {} : { auth }),
    ...(config.tls === undefined ? {} : { tls: tlsOptions(config.tls, workingDirectory) }),
    ...(config.proxy === undefined ? {} : { proxy: config.proxy }),
    ...(config.circuit_breaker === undefined ? {} : { breaker: config.circuit_breaker }),
    onRetry: (notice) => {
      const { attempt, delay, error } = notice;
      logger.warn(`Trying again: ${errorMessage(error)}`, { attempt, delay_ms: Math.round(delay) });
      retrying?.(notice);
    },
  };
}

/** One attempt where the connector has no retry keys. If the first delay is above the maximum, the two are swapped, as in the original. */
function retryOptions(config: Partial<HttpRetryConfig>): RetryOptions {
  const delays = [config.retry_delay ?? 0, config.max_retry_delay ?? 0];
  return {
    attempts: (config.max_retries ?? 0) + 1,
    delay: Math.min(...delays),
    maxDelay: Math.max(...delays),
    multiplier: config.retry_backoff_multiplier ?? 2,
  };
}

function statusPolicy(config: Partial<HttpStatusConfig>): StatusPolicy {
  return {
    retry: config.retry_status_codes ?? [],
    reject: config.reject_status_codes ?? [],
    fatal: config.fatal_status_codes ?? [],
  };
}

function tlsOptions(config: ClientTlsConfig, folder: string): TlsOptions {
  return {
    caFile: config.ca_file,
    certFile: config.cert_file,
    keyFile: config.key_file,
    keyPassphrase: config.key_passphrase,
    serverName: config.server_name,
    skipVerify: config.skip_verify,
    folder,
  };
}

function authOptions(config: AuthConfig): AuthOptions {
  switch (config.type) {
    case "basic":
    case "bearer":
    case "api_key":
      return config;
    case "hmac": {
      const { timestamp_header, ...rest } = config;
      return { ...rest, timestampHeader: timestamp_header };
    }
    case "oauth2":
      return {
        type: "oauth2",
        tokenUrl: config.token_url,
        clientId: config.client_id,
        clientSecret: config.client_secret,
        scopes: config.scopes,
        audience: config.audience,
        credentialsIn: config.credentials_in,
        parameters: config.parameters,
      };
  }
}
