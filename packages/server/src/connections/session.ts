import type { RequestHeader, SendConfirmation } from "@iggy-connectors/protocol";
import type { ConsumerGroup } from "../groups/group.ts";
import type { Connection } from "./connection.ts";

/** Replies of metadata operations kept for a client that repeats a request. */
const KEPT_REPLIES = 5;
/** A client that writes to more partitions than this in turn is no longer recognised when it repeats a send. */
const KEPT_SENDS = 4096;

export interface Membership {
  readonly streamId: number;
  readonly topicId: number;
  readonly groupId: number;
  readonly group: ConsumerGroup<Session>;
}

interface KeptReply {
  readonly request: bigint;
  readonly checksum: bigint;
  readonly frame: Buffer;
}

interface KeptSend {
  readonly request: bigint;
  readonly checksum: bigint;
  readonly confirmation: SendConfirmation;
}

/** What a repeated metadata request gets: its reply again, a refusal, or nothing when it is a new one. */
export type Repetition =
  | { readonly kind: "new" }
  | { readonly kind: "repeated"; readonly frame: Buffer }
  | { readonly kind: "conflicting" }
  | { readonly kind: "forgotten" };

/** A logged-in client: its identity over a take-over by a second connection, its groups, what it asked last. */
export class Session {
  readonly clientId: bigint;
  readonly userId: number;
  /** Log position of the login; a later login of the same client gets a higher one. */
  number: bigint;
  connection: Connection;
  readonly memberships = new Set<Membership>();

  #ended = false;
  #highestRequest = 0n;
  readonly #replies: KeptReply[] = [];
  /** Partition incarnation → the last send to it. */
  readonly #sends = new Map<number, KeptSend>();

  constructor(clientId: bigint, userId: number, number: bigint, connection: Connection) {
    this.clientId = clientId;
    this.userId = userId;
    this.number = number;
    this.connection = connection;
  }

  /** Judges the number of a metadata request. */
  repetitionOf({ request, requestChecksum }: RequestHeader): Repetition {
    if (request > this.#highestRequest) return { kind: "new" };
    const kept = this.#replies.find((reply) => reply.request === request);
    if (kept === undefined) return { kind: "forgotten" };
    const same = requestChecksum === 0n || kept.checksum === 0n || requestChecksum === kept.checksum;
    return same ? { kind: "repeated", frame: kept.frame } : { kind: "conflicting" };
  }

  keepReply({ request, requestChecksum }: RequestHeader, frame: Buffer): void {
    this.#highestRequest = request;
    this.#replies.push({ request, checksum: requestChecksum, frame });
    if (this.#replies.length > KEPT_REPLIES) this.#replies.shift();
  }

  /**
   * The confirmation of a send that is sent again. Number *and* batch must be the same: clients of an older build send
   * different batches under one number.
   */
  repeatedSend(incarnation: number, request: bigint, checksum: bigint): SendConfirmation | undefined {
    const kept = this.#sends.get(incarnation);
    return kept?.request === request && kept.checksum === checksum ? kept.confirmation : undefined;
  }

  keepSend(incarnation: number, request: bigint, checksum: bigint, confirmation: SendConfirmation): void {
    if (this.#sends.size >= KEPT_SENDS && !this.#sends.has(incarnation)) {
      const [oldest] = this.#sends.keys();
      if (oldest !== undefined) this.#sends.delete(oldest);
    }
    this.#sends.set(incarnation, { request, checksum, confirmation });
  }

  /** Whether the client logged out, was evicted or disconnected; a request of it may still be under way. */
  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
    for (const { group } of this.memberships) group.leave(this);
    this.memberships.clear();
  }
}
