import { setTimeout as sleep } from "node:timers/promises";
import { type ClusterMetadata, getClusterMetadata } from "@iggy-connectors/protocol";
import type { Address } from "../configuration/address.ts";
import type { ResolvedOptions } from "../configuration/options.ts";
import type { Session, SessionOptions } from "../dialects/dialect.ts";
import { Negotiator } from "../dialects/negotiator.ts";
import { CODE, IggyError, toIggyError } from "../errors/errors.ts";
import { Endpoints } from "./endpoints.ts";
import { findLeader, type Leader, rosterAddresses } from "./leader.ts";

/** Milliseconds for a dial when there are other addresses to try. */
const SHORT_DIAL = 2000;
/** A roster without a leader is read again, in milliseconds; an election takes less. */
const LEADER_PAUSE = 250;
const LEADER_PATIENCE = 5000;
const MAX_REDIRECTS = 3;

/** The server was reached and refused the login: another node of the cluster would answer the same. */
const LOGIN_REFUSED: ReadonlySet<number> = new Set([
  CODE.invalidCredentials,
  CODE.invalidUsername,
  CODE.invalidPassword,
  CODE.userInactive,
  CODE.invalidToken,
  CODE.tokenExpired,
  CODE.clientShutdown,
]);

/** Opens a session at the leader of a cluster, or at the only node there is: dials one address after the other. */
export class Opener {
  readonly #options: SessionOptions;
  readonly #endpoints: Endpoints;
  readonly #negotiator: Negotiator;

  constructor(options: ResolvedOptions) {
    this.#endpoints = new Endpoints(options.addresses);
    this.#negotiator = new Negotiator(options.protocol);
    this.#options = { ...options, relocate: (roster, from) => this.#relocate(roster, from) };
  }

  /** @throws IggyError of the address that says most: a refusal rather than a failure to connect. */
  async open(signal: AbortSignal): Promise<Session> {
    const addresses = this.#endpoints.inOrder;
    const failures: IggyError[] = [];
    for (const address of addresses) {
      try {
        const session = await this.#atLeader(await this.#dial(address, addresses.length > 1, signal), signal);
        this.#endpoints.prefer(session.address);
        return session;
      } catch (error) {
        const failure = toIggyError(error, CODE.cannotEstablishConnection);
        if (signal.aborted || LOGIN_REFUSED.has(failure.code)) throw failure;
        failures.push(failure);
      }
    }
    throw summary(failures);
  }

  /** What this server sent could not be decoded: it may have been replaced by another release. */
  forget(address: Address): void {
    this.#negotiator.forget(address);
  }

  #dial(address: Address, hasOthers: boolean, signal: AbortSignal): Promise<Session> {
    const connectTimeout = hasOthers
      ? Math.min(SHORT_DIAL, this.#options.connectTimeout)
      : this.#options.connectTimeout;
    return this.#negotiator.open(address, { ...this.#options, connectTimeout }, signal);
  }

  async #atLeader(first: Session, signal: AbortSignal): Promise<Session> {
    let session = first;
    const abort = (): void => session.drop(new IggyError(CODE.clientShutdown, { detail: "the client was closed" }));
    signal.addEventListener("abort", abort, { once: true });
    try {
      for (let redirects = 0; redirects < MAX_REDIRECTS; redirects++) {
        const leader = await this.#leader(session);
        if (leader === "here" || leader === "unknown") break;
        session.drop(new IggyError(CODE.disconnected, { detail: `the leader is at ${leader.text}` }));
        session = await this.#dial(leader, true, signal);
      }
      return session;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** A roster that cannot be read is not a reason to leave a server that accepted the login. */
  async #leader(session: Session): Promise<Leader> {
    const end = performance.now() + LEADER_PATIENCE;
    for (;;) {
      let leader: Leader = "here";
      try {
        const roster = await session.query(getClusterMetadata, undefined);
        this.#endpoints.learn(rosterAddresses(roster));
        session.useRoster(roster);
        leader = await findLeader(roster, session.address);
      } catch (error) {
        if (session.lost !== undefined) throw error;
      }
      if (leader !== "unknown" || performance.now() + LEADER_PAUSE >= end) return leader;
      await sleep(LEADER_PAUSE, undefined, { signal: session.signal }).catch((error: unknown) => {
        throw session.lost ?? error;
      });
    }
  }

  async #relocate(roster: ClusterMetadata, from: Address): Promise<Address | undefined> {
    if (roster.nodes.length < 2) return undefined;
    this.#endpoints.learn(rosterAddresses(roster));
    const leader = await findLeader(roster, from);
    if (leader === "here") return undefined;
    const to = leader === "unknown" ? this.#endpoints.after(from) : leader;
    if (to !== undefined) this.#endpoints.prefer(to);
    return to;
  }
}

function summary(failures: readonly IggyError[]): IggyError {
  const told = failures.find(({ retryable }) => !retryable) ?? failures.at(-1)!;
  if (failures.length === 1) return told;
  const others = failures.filter((failure) => failure !== told).map(({ message }) => message);
  return new IggyError(told.code, {
    detail: `${told.message}; also tried: ${others.join("; ")}`,
    retryable: told.retryable,
    cause: told,
  });
}
