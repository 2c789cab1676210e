import { type Address, parseAddress } from "./address.ts";
import type { BackoffPolicy } from "./backoff.ts";
import type { Encryptor } from "./encryption/encryptor.ts";
import { CODE, IggyError } from "./errors.ts";
import { FrameBuffers } from "./frame-buffers.ts";
import type { StateListener } from "./states.ts";

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

/** Times are milliseconds. */
export interface ClientOptions {
  /** `host:port`; IPv6 in brackets. */
  address: string;
  /** Default `iggy`. */
  username?: string;
  /** Default `iggy`. */
  password?: string;
  /** Deadline of every call, default 30 000. */
  requestTimeout?: number;
  /** Default 5000. */
  connectTimeout?: number;
  /** A connection that was idle for this long is pinged; default 5000. */
  heartbeatInterval?: number;
  reconnect?: ReconnectOptions;
  /** Seals the payloads and headers of what is sent, and opens what is polled. Default none. */
  encryptor?: Encryptor;
  /** Recompute the checksums of what is polled, and refuse what does not match. Default false, as official clients. */
  verifyChecksums?: boolean;
  onStateChange?: StateListener;
}

/** {@link ClientOptions} with every default filled in and the address read. */
export interface ResolvedOptions {
  readonly address: Address;
  readonly username: string;
  readonly password: string;
  readonly requestTimeout: number;
  readonly connectTimeout: number;
  readonly heartbeatInterval: number;
  readonly reconnect: BackoffPolicy & { readonly enabled: boolean; readonly maxRetries: number };
  readonly onStateChange: StateListener | undefined;
  /** Memory for what is received, over all sessions of the client. */
  readonly buffers: FrameBuffers;
}

/** @throws IggyError 33, 43 or 44 when the address, the user name or the password cannot be right. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  const reconnect = options.reconnect ?? {};
  return {
    address: parseAddress(options.address),
    username: limited("user name", options.username ?? "iggy", 50, CODE.invalidUsername),
    password: limited("password", options.password ?? "iggy", 100, CODE.invalidPassword),
    requestTimeout: options.requestTimeout ?? 30_000,
    connectTimeout: options.connectTimeout ?? 5_000,
    heartbeatInterval: options.heartbeatInterval ?? 5_000,
    reconnect: {
      enabled: reconnect.enabled ?? true,
      initialBackoff: reconnect.initialBackoff ?? 100,
      maxBackoff: reconnect.maxBackoff ?? 10_000,
      maxRetries: reconnect.maxRetries ?? 0,
      jitter: reconnect.jitter ?? 0.2,
    },
    onStateChange: options.onStateChange,
    buffers: new FrameBuffers(),
  };
}

/** The server refuses such a login in the same words as a wrong password, so the true reason is told here. */
function limited(what: string, text: string, longest: number, code: number): string {
  const bytes = Buffer.byteLength(text);
  if (bytes >= 3 && bytes <= longest) return text;
  throw new IggyError(code, { detail: `the ${what} has ${bytes} bytes` });
}
