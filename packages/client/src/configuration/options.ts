import type { ChecksumDepth } from "@iggy-connectors/protocol";
import type { BackoffPolicy } from "../concurrency/backoff.ts";
import type { StateListener } from "../connection/states.ts";
import { FrameBuffers } from "../connection/transport/frame-buffers.ts";
import type { TlsOptions } from "../connection/transport/tls.ts";
import type { ProtocolChoice } from "../dialects/negotiator.ts";
import type { Encryptor } from "../encryption/encryptor.ts";
import { CODE, IggyError } from "../errors/errors.ts";
import { type Address, parseAddress } from "./address.ts";
import { type Credentials, passwordCredentials, tokenCredentials } from "./credentials.ts";

/** How a lost session is opened again. Times are milliseconds. */
export interface ReconnectOptions {
  /** Default true. */
  enabled?: boolean;
  /** Default 100. */
  initialBackoff?: number;
  /** Default 10 000; also the pace at which a refused login is tried again. */
  maxBackoff?: number;
  /** Attempts in a row before the client gives up and closes; default 0 = unlimited. */
  maxRetries?: number;
  /** 0 … 1, default 0.2. */
  jitter?: number;
}

/** How much of what is polled is compared with its checksums. */
export type ChecksumVerification = "none" | ChecksumDepth;

/** Times are milliseconds. */
export interface ClientOptions {
  /** `host:port`, IPv6 in brackets; or several, of one cluster, tried in this order. */
  address: string | readonly string[];
  /** Default `iggy`. */
  username?: string;
  /** Default `iggy`. */
  password?: string;
  /** Personal access token, instead of user name and password. `file:/path` reads it from a file at each login. */
  token?: string;
  /** `true` trusts Node's authorities. Default: no TLS. */
  tls?: boolean | TlsOptions;
  /** Which dialect the server speaks. Default `auto`: found out; `legacy` is for servers of 0.8 and older. */
  protocol?: ProtocolChoice;
  /** Deadline of every call, default 30 000. */
  requestTimeout?: number;
  /** Connecting, with the TLS handshake; default 5000. */
  connectTimeout?: number;
  /** A connection that was idle for this long is pinged; default 5000. */
  heartbeatInterval?: number;
  /** TCP's own probes of an idle connection start after this long; default 15 000, 0 turns them off. */
  keepAlive?: number;
  /** Small frames leave at once; default true. */
  noDelay?: boolean;
  /** Bytes that calls which wait for the connection may hold; a larger one is taken when none waits. Default 32 MiB. */
  maxQueuedBytes?: number;
  reconnect?: ReconnectOptions;
  /** Seals the payloads and headers of what is sent, and opens what is polled. Default none. */
  encryptor?: Encryptor;
  /**
   * Recompute the checksums of what is polled, and refuse what does not match: of none (default, as official clients),
   * of each `batch` (its head, and the list of its messages' checksums), or of all `messages` too.
   */
  verifyChecksums?: ChecksumVerification;
  onStateChange?: StateListener;
}

/** {@link ClientOptions} with every default filled in and the addresses read. */
export interface ResolvedOptions {
  readonly addresses: readonly Address[];
  readonly credentials: Credentials;
  readonly tls: TlsOptions | undefined;
  readonly protocol: ProtocolChoice;
  readonly requestTimeout: number;
  readonly connectTimeout: number;
  readonly heartbeatInterval: number;
  readonly keepAlive: number;
  readonly noDelay: boolean;
  readonly maxQueuedBytes: number;
  readonly reconnect: BackoffPolicy & { readonly enabled: boolean; readonly maxRetries: number };
  readonly onStateChange: StateListener | undefined;
  /** Memory for what is received, over all sessions of the client. */
  readonly buffers: FrameBuffers;
}

/** @throws IggyError 2, 33, 43, 44 or 53 when the options, an address or the credentials are not valid. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  const reconnect = options.reconnect ?? {};
  return {
    addresses: readAddresses(options.address),
    credentials: readCredentials(options),
    tls: typeof options.tls === "boolean" ? (options.tls ? {} : undefined) : options.tls,
    protocol: options.protocol ?? "auto",
    requestTimeout: milliseconds("requestTimeout", options.requestTimeout ?? 30_000, 1),
    connectTimeout: milliseconds("connectTimeout", options.connectTimeout ?? 5_000, 1),
    heartbeatInterval: milliseconds("heartbeatInterval", options.heartbeatInterval ?? 5_000, 1),
    keepAlive: milliseconds("keepAlive", options.keepAlive ?? 15_000, 0),
    noDelay: options.noDelay ?? true,
    maxQueuedBytes: options.maxQueuedBytes ?? 32 * 1024 * 1024,
    reconnect: {
      enabled: reconnect.enabled ?? true,
      initialBackoff: milliseconds("reconnect.initialBackoff", reconnect.initialBackoff ?? 100, 0),
      maxBackoff: milliseconds("reconnect.maxBackoff", reconnect.maxBackoff ?? 10_000, 0),
      maxRetries: reconnect.maxRetries ?? 0,
      jitter: reconnect.jitter ?? 0.2,
    },
    onStateChange: options.onStateChange,
    buffers: new FrameBuffers(),
  };
}

function readAddresses(given: string | readonly string[]): Address[] {
  const addresses = (typeof given === "string" ? [given] : given).map(parseAddress);
  if (addresses.length > 0) return addresses;
  throw new IggyError(CODE.invalidServerAddress, { detail: "no server address", advice: "give at least one" });
}

function readCredentials({ token, username, password }: ClientOptions): Credentials {
  if (token === undefined) return passwordCredentials(username ?? "iggy", password ?? "iggy");
  if (username === undefined && password === undefined) return tokenCredentials(token);
  throw new IggyError(CODE.invalidConfiguration, {
    detail: "both a token and a user name or password are given",
    advice: "log in with one of them",
  });
}

/** Timers take 31 bits; what is longer would fire at once. */
function milliseconds(name: string, value: number, least: number): number {
  if (value >= least && value <= 0x7fff_ffff) return value;
  throw new IggyError(CODE.invalidConfiguration, {
    detail: `${name} is ${value}`,
    advice: `give milliseconds from ${least} to ${0x7fff_ffff}`,
  });
}
