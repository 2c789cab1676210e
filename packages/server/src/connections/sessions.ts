import type { CatalogDocument } from "../catalog/document.ts";
import { findUser } from "../catalog/lookup.ts";
import type { ConsumerGroup } from "../groups/group.ts";
import type { Connection } from "./connection.ts";
import { Session } from "./session.ts";

/** The logged-in clients, by their ids. */
export class Sessions {
  readonly #sessions = new Map<bigint, Session>();

  /** A copy: sessions may end while the list is walked. */
  list(): Session[] {
    return [...this.#sessions.values()];
  }

  /**
   * Gives a connection a session under a new number. The same client id on another connection takes that one's session
   * over, with its groups and kept replies.
   * @returns nothing when the client id belongs to a session of another user.
   */
  open(connection: Connection, clientId: bigint, userId: number, number: bigint): Session | undefined {
    const taken = this.#sessions.get(clientId);
    if (taken !== undefined && taken.userId !== userId) return undefined;
    const session = taken ?? new Session(clientId, userId, number, connection);
    taken?.connection.supersede();
    session.number = number;
    session.connection = connection;
    connection.session = session;
    this.#sessions.set(clientId, session);
    return session;
  }

  /** Logs a client out: its memberships end, the connection stays. */
  end(session: Session): void {
    session.end();
    this.#sessions.delete(session.clientId);
    session.connection.session = undefined;
  }

  /** Ends the sessions of users that were deleted or deactivated. */
  endOfFormerUsers(document: CatalogDocument): void {
    for (const session of this.list()) {
      if (findUser(document, session.userId)?.status !== "active") this.end(session);
    }
  }

  /** A group was deleted: it has no members. */
  forgetGroup(group: ConsumerGroup<Session> | undefined): void {
    for (const { memberships } of this.#sessions.values()) {
      for (const membership of memberships) if (membership.group === group) memberships.delete(membership);
    }
  }
}
