import type { ClusterMetadata, Command } from "@iggy-connectors/protocol";
import type { Address } from "../configuration/address.ts";
import type { Credentials } from "../configuration/credentials.ts";
import type { Call } from "../connection/call.ts";
import type { FrameBuffers } from "../connection/transport/frame-buffers.ts";
import type { SocketOptions } from "../connection/transport/socket.ts";
import { CODE, IggyError } from "../errors/errors.ts";

export interface SessionOptions extends SocketOptions {
  readonly credentials: Credentials;
  /** Milliseconds for the login, and for a request that the client makes for itself. */
  readonly requestTimeout: number;
  /** Memory for what is received; outlives the session. */
  readonly buffers: FrameBuffers;
  /**
   * Asked when a server keeps answering "not accepted" (58): whether another node is to be tried, by the roster that
   * this one shows. `undefined`: stay.
   */
  readonly relocate: (roster: ClusterMetadata, from: Address) => Promise<Address | undefined>;
}

/** Who answers, for messages to the user. */
export interface ServerIdentity {
  readonly address: string;
  /** `0.11.0`, or `legacy` for servers of 0.8 and older, which have no number. */
  readonly protocol: string;
  /** As the server tells it; `undefined` where it does not. */
  readonly version: string | undefined;
}

/** A logged-in connection, in whatever dialect. */
export interface Session {
  readonly address: Address;
  readonly server: ServerIdentity;
  /** The server counts only pings as signs of life, so they are sent between other calls, too. */
  readonly needsPings: boolean;
  /** Why the session is lost; undefined while it lives. */
  readonly lost: IggyError | undefined;
  /** Aborted when the session is lost. */
  readonly signal: AbortSignal;
  /**
   * Executes a call. Where the answer makes the session useless (not logged in, not decodable) the session is lost.
   * @throws IggyError of the server's refusal or of the loss of the session.
   */
  execute<Response>(call: Call<Response>): Promise<Response>;
  /**
   * A read of the client's own, between calls. A refusal or an answer that cannot be read leaves the session as it is.
   */
  query<Request, Response>(command: Command<Request, Response>, request: Request): Promise<Response>;
  /** The nodes of the cluster, once they are known: some calls belong to another node than this. */
  useRoster(roster: ClusterMetadata): void;
  logOut(): Promise<void>;
  drop(error: IggyError): void;
}

/** One way to talk to a server. What differs between protocol numbers stays behind it. */
export interface Dialect {
  readonly name: string;
  /**
   * Connects and logs in.
   * @throws IggyError when the server cannot be reached or refuses the login; `retryable` tells which.
   */
  open(address: Address, options: SessionOptions, signal: AbortSignal): Promise<Session>;
}

/** A request of the client's own, `what`, that the server did not answer in time. */
export function tooLate(address: Address, what: string, timeout: number): IggyError {
  return new IggyError(CODE.disconnected, {
    detail: `Iggy at ${address.text} did not answer ${what} within ${timeout} ms`,
    advice: "check that the server is not overloaded",
    retryable: true,
  });
}
