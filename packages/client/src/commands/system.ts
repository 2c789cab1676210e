import {
  type ClientDetails,
  type ClientInfo,
  type ClusterMetadata,
  describeOptions,
  type GetSnapshotRequest,
  getClient,
  getClients,
  getClusterMetadata,
  getMe,
  getSnapshot,
  getStats,
  type OptionDescription,
  ping,
  type Stats,
} from "@iggy-connectors/protocol";
import type { CommandPort } from "./port.ts";

/** Commands about the server itself and its clients. */
export const systemCommands = (port: CommandPort) => ({
  ping(): Promise<void> {
    return port.call(ping, undefined);
  },

  getClusterMetadata(): Promise<ClusterMetadata> {
    return port.call(getClusterMetadata, undefined);
  },

  getStats(): Promise<Stats> {
    return port.call(getStats, undefined);
  },

  /** What the server knows about its machine, as a ZIP file. @throws IggyError 5 where the server does not offer it. */
  getSnapshot(options: GetSnapshotRequest): Promise<Uint8Array> {
    return port.call(getSnapshot, options);
  },

  /**
   * The keys that a topic, stream or user may be created with on this server.
   * @throws IggyError 5 on servers of 0.8 and older.
   */
  describeOptions(scope: "topic" | "stream" | "user"): Promise<readonly OptionDescription[]> {
    return port.call(describeOptions, { scope });
  },

  /** This connection as the server sees it. */
  getMe(): Promise<ClientDetails> {
    return port.call(getMe, undefined);
  },

  /** `id` is the server's number of a connection, as {@link getClients} lists it. */
  getClient(id: number): Promise<ClientDetails | undefined> {
    return port.call(getClient, { id });
  },

  getClients(): Promise<readonly ClientInfo[]> {
    return port.call(getClients, undefined);
  },
});
