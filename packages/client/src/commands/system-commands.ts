import {
  type ClientDetails,
  type ClientInfo,
  type ClusterMetadata,
  type CreateUserRequest,
  changePassword,
  createPersonalAccessToken,
  createUser,
  deletePersonalAccessToken,
  deleteUser,
  describeOptions,
  type GetSnapshotRequest,
  getClient,
  getClients,
  getClusterMetadata,
  getMe,
  getPersonalAccessTokens,
  getSnapshot,
  getStats,
  getUser,
  getUsers,
  type Identifier,
  type OptionDescription,
  type Permissions,
  type PersonalAccessToken,
  ping,
  type Stats,
  type User,
  type UserChange,
  type UserDetails,
  updatePermissions,
  updateUser,
} from "@iggy-connectors/protocol";
import type { Link } from "../connection/link.ts";

/** What carries commands to the server. */
export type Carrier = Pick<Link, "call" | "epoch" | "server">;

/** A user to create; active unless said otherwise. */
export type NewUser = Omit<CreateUserRequest, "status" | "options"> & Partial<Pick<CreateUserRequest, "status">>;

/** Commands about the server itself, its clients, users and their tokens. */
export class SystemCommands {
  protected readonly carrier: Carrier;

  constructor(carrier: Carrier) {
    this.carrier = carrier;
  }

  ping(): Promise<void> {
    return this.carrier.call(ping, undefined);
  }

  getClusterMetadata(): Promise<ClusterMetadata> {
    return this.carrier.call(getClusterMetadata, undefined);
  }

  getStats(): Promise<Stats> {
    return this.carrier.call(getStats, undefined);
  }

  /** What the server knows about its machine, as a ZIP file. @throws IggyError 5 where the server does not offer it. */
  getSnapshot(options: GetSnapshotRequest): Promise<Uint8Array> {
    return this.carrier.call(getSnapshot, options);
  }

  /**
   * The keys that a topic, stream or user may be created with on this server.
   * @throws IggyError 5 on servers of 0.8 and older.
   */
  describeOptions(scope: "topic" | "stream" | "user"): Promise<readonly OptionDescription[]> {
    return this.carrier.call(describeOptions, { scope });
  }

  /** This connection as the server sees it. */
  getMe(): Promise<ClientDetails> {
    return this.carrier.call(getMe, undefined);
  }

  /** `id` is the server's number of a connection, as {@link getClients} lists it. */
  getClient(id: number): Promise<ClientDetails | undefined> {
    return this.carrier.call(getClient, { id });
  }

  getClients(): Promise<readonly ClientInfo[]> {
    return this.carrier.call(getClients, undefined);
  }

  getUser(user: Identifier): Promise<UserDetails | undefined> {
    return this.carrier.call(getUser, { user });
  }

  getUsers(): Promise<readonly User[]> {
    return this.carrier.call(getUsers, undefined);
  }

  /** Without permissions the user may only log in. @throws IggyError 46 when the name is taken. */
  createUser({ status = "active", ...user }: NewUser): Promise<UserDetails> {
    return this.carrier.call(createUser, { ...user, status });
  }

  /** Changes the name, the status, or both. @throws IggyError 46 when the name is taken, 20 when there is no such user. */
  updateUser(change: UserChange): Promise<void> {
    return this.carrier.call(updateUser, change);
  }

  /** Replaces all permissions; `undefined` takes every one away. @throws IggyError 49 for the root user. */
  updatePermissions(user: Identifier, permissions: Permissions | undefined): Promise<void> {
    return this.carrier.call(updatePermissions, { user, permissions });
  }

  /** @throws IggyError 42 when the current password is wrong. */
  changePassword(user: Identifier, currentPassword: string, newPassword: string): Promise<void> {
    return this.carrier.call(changePassword, { user, currentPassword, newPassword });
  }

  /** @throws IggyError 48 for the root user, 20 when there is no such user. */
  deleteUser(user: Identifier): Promise<void> {
    return this.carrier.call(deleteUser, { user });
  }

  /** Those of the user who is logged in, without their secrets. */
  getPersonalAccessTokens(): Promise<readonly PersonalAccessToken[]> {
    return this.carrier.call(getPersonalAccessTokens, undefined);
  }

  /**
   * The token's secret, which is told this once. `expiry` in microseconds from now; absent: never. A server of
   * 0.9.0-edge.5 stops working when a token of it expires.
   * @throws IggyError 51 when the name is taken, 52 when the user has too many.
   */
  async createPersonalAccessToken(name: string, expiry = 0n): Promise<string> {
    return (await this.carrier.call(createPersonalAccessToken, { name, expiry })).token;
  }

  /** @throws IggyError 20 when there is none of this name. */
  deletePersonalAccessToken(name: string): Promise<void> {
    return this.carrier.call(deletePersonalAccessToken, { name });
  }
}
