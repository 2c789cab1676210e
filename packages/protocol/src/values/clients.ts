export type Transport = "tcp" | "quic" | "http" | "websocket";

/** A connection as the server sees it. */
export interface ClientInfo {
  /** The server's own number for the connection, not the client id of the session. */
  readonly id: number;
  /** `undefined` before login. */
  readonly userId: number | undefined;
  readonly transport: Transport;
  readonly address: string;
  readonly groupsCount: number;
}

export interface ClientGroup {
  readonly streamId: number;
  readonly topicId: number;
  readonly groupId: number;
}

export interface ClientDetails extends ClientInfo {
  readonly groups: readonly ClientGroup[];
}
