import { connect } from "node:net";
import { parseAddress } from "../config/address.ts";
import type { ConnectorSnapshot } from "../supervisor/connectors/snapshot.ts";

export interface ReadinessOptions {
  /** Whether the connector configurations have been loaded. */
  readonly loaded: () => boolean;
  readonly connectors: () => readonly ConnectorSnapshot[];
  /** `host:port` of Iggy. */
  readonly iggyAddress: string;
}

export interface NotReady {
  readonly code: string;
  readonly reason: string;
}

/** Milliseconds within which Iggy must accept a connection. */
const CONNECT_TIMEOUT = 1000;
/** Milliseconds for which a result is reused, because probes are frequent. */
const FRESH = 1000;

/**
 * Whether this runtime is ready: the connector configurations are loaded, Iggy can be reached, and no connector has been
 * starting for longer than its `start_timeout`.
 */
export class Readiness {
  readonly #options: ReadinessOptions;
  #probe: { readonly at: number; readonly reachable: Promise<string | undefined> } | undefined;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** The reasons why it is not ready; none if it is. */
  async reasons(): Promise<NotReady[]> {
    const { loaded, connectors, iggyAddress } = this.#options;
    const reasons: NotReady[] = [];
    if (!loaded()) reasons.push({ code: "provider", reason: "the connector configurations are not yet loaded" });
    const unreachable = await this.#unreachable();
    if (unreachable !== undefined) {
      reasons.push({ code: "iggy", reason: `Iggy at ${iggyAddress} cannot be reached: ${unreachable}` });
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

  /** Why Iggy cannot be reached; `undefined` if it can. */
  #unreachable(): Promise<string | undefined> {
    const now = Date.now();
    if (this.#probe === undefined || now - this.#probe.at > FRESH) {
      this.#probe = { at: now, reachable: unreachable(this.#options.iggyAddress) };
    }
    return this.#probe.reachable;
  }
}

/** Opens a connection and closes it. Resolves with the reason if this fails. */
export function unreachable(address: string): Promise<string | undefined> {
  const target = parseAddress(address);
  if (target === undefined) return Promise.resolve("it is not a valid address");
  return new Promise((resolve) => {
    const socket = connect({ host: target.host, port: target.port, timeout: CONNECT_TIMEOUT });
    const end = (reason: string | undefined): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end(`no connection within ${CONNECT_TIMEOUT} ms`));
    socket.once("error", (error) => end(error.message));
  });
}
