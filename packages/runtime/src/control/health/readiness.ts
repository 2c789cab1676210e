import { connect } from "node:net";
import { parseAddress } from "../config/address.ts";
import type { ConnectorSnapshot } from "../supervisor/connectors/snapshot.ts";

export interface ReadinessOptions {
  /** Whether the provider has answered. */
  readonly loaded: () => boolean;
  readonly connectors: () => readonly ConnectorSnapshot[];
  /** `host:port` of Iggy. */
  readonly iggyAddress: string;
}

export interface NotReady {
  readonly code: string;
  readonly reason: string;
}

/** Milliseconds that Iggy may take to accept a connection. */
const CONNECT_TIMEOUT = 1000;
/** Milliseconds for which an answer of Iggy counts: probes come often. */
const FRESH = 1000;

/** Whether this runtime does its work: it knows what should run, reaches Iggy, and no start takes longer than it may. */
export class Readiness {
  readonly #options: ReadinessOptions;
  #probe: { readonly at: number; readonly reachable: Promise<string | undefined> } | undefined;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** Everything that keeps it from being ready. */
  async reasons(): Promise<NotReady[]> {
    const { loaded, connectors, iggyAddress } = this.#options;
    const reasons: NotReady[] = [];
    if (!loaded()) reasons.push({ code: "provider", reason: "the connector configurations have not been read yet" });
    const unreachable = await this.#unreachable();
    if (unreachable !== undefined) {
      reasons.push({ code: "iggy", reason: `Iggy at ${iggyAddress} is not reachable: ${unreachable}` });
    }
    const now = Date.now();
    for (const { type, key, state, since, connector, lastError } of connectors()) {
      const timeout = connector?.config.start_timeout ?? 0;
      if (state !== "starting" || now - since <= timeout) continue;
      const cause = lastError === undefined ? "" : `: ${lastError.message}`;
      reasons.push({ code: "starting", reason: `${type} ${key} has been starting for ${now - since} ms${cause}` });
    }
    return reasons;
  }

  /** Why Iggy cannot be reached; `undefined`: it can. */
  #unreachable(): Promise<string | undefined> {
    const now = Date.now();
    if (this.#probe === undefined || now - this.#probe.at > FRESH) {
      this.#probe = { at: now, reachable: unreachable(this.#options.iggyAddress) };
    }
    return this.#probe.reachable;
  }
}

/** Opens a connection and closes it; resolves with what is wrong, if anything. */
export function unreachable(address: string): Promise<string | undefined> {
  const place = parseAddress(address);
  if (place === undefined) return Promise.resolve("it is no address");
  return new Promise((resolve) => {
    const socket = connect({ host: place.host, port: place.port, timeout: CONNECT_TIMEOUT });
    const end = (reason: string | undefined): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end(`no connection within ${CONNECT_TIMEOUT} ms`));
    socket.once("error", (error) => end(error.message));
  });
}
