import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import {
  type ConnectorError,
  errorCode,
  errorMessage,
  FatalError,
  RetryableError,
  readTlsMaterial,
} from "@iggy-connectors/sdk";
import type { HttpSourceConfig } from "../config.ts";

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 4096;
/** Milliseconds. */
const MIN_CHECK = 10;
const MAX_CHECK = 1000;
const KEEP_ALIVE = 60_000;

/** @throws RetryableError when the address is in use, FatalError when it can never be listened on. */
export async function listen(config: HttpSourceConfig, folder: string, handler: RequestListener): Promise<Server> {
  const options = {
    requestTimeout: config.request_timeout,
    headersTimeout: config.request_timeout,
    // Node looks at the times of connections in an interval, whose default is as long as the default of the timeout.
    connectionsCheckingInterval: checkEvery(config.request_timeout),
    keepAliveTimeout: KEEP_ALIVE,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server =
    config.tls === undefined
      ? createServer(options, handler)
      : createTlsServer({ ...options, ...handshake(config), ...tlsOptions(config.tls, folder) }, handler);
  server.maxConnections = MAX_CONNECTIONS;
  const { host, port } = splitAddress(config.listen_addr);
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw listenError(error, config.listen_addr);
  }
  return server;
}

/** 0: requests have no end of time, and nothing has to be looked at. */
function checkEvery(timeout: number): number {
  return timeout === 0 ? MAX_CHECK : Math.min(Math.max(Math.ceil(timeout / 8), MIN_CHECK), MAX_CHECK);
}

/** A handshake that does not end is a request that does not come. */
function handshake({ request_timeout: timeout }: HttpSourceConfig): { handshakeTimeout?: number } {
  return timeout === 0 ? {} : { handshakeTimeout: timeout };
}

/** `host:port` that is listened on. */
export function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
}

export function isLoopback(address: string): boolean {
  return /^(127\.|localhost:|\[::1\])/.test(address);
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}

function tlsOptions(tls: NonNullable<HttpSourceConfig["tls"]>, folder: string) {
  const files = {
    certFile: tls.cert_file,
    keyFile: tls.key_file,
    keyPassphrase: tls.key_passphrase,
    caFile: tls.ca_file,
    folder,
  };
  const material = readTlsMaterial(files, "IGC_HTTP_TLS_FILE");
  return { ...material, requestCert: tls.ca_file !== undefined, rejectUnauthorized: tls.ca_file !== undefined };
}

function listenError(cause: unknown, address: string): ConnectorError {
  const details = { code: "IGC_SOURCE_HTTP_LISTEN", place: "listen_addr", cause };
  if (errorCode(cause) === "EADDRINUSE") {
    const fix = "stop the process that listens there, or choose another port; the connector continues by itself";
    return new RetryableError(`${address} is in use`, { ...details, fix });
  }
  return new FatalError(`cannot listen on ${address}: ${errorMessage(cause)}`, {
    ...details,
    fix: "choose an address of this machine, and a port that this user is allowed to open",
  });
}
