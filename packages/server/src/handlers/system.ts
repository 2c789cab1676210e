import {
  type ClientDetails,
  type ClientInfo,
  type ClusterMetadata,
  type ClusterNode,
  describeOptions,
  getClient,
  getClients,
  getClusterMetadata,
  getMe,
  getStats,
} from "@iggy-connectors/protocol";
import { describeTopicOptions } from "../catalog/topic-options.ts";
import type { Connection } from "../connection.ts";
import { type Route, route } from "./route.ts";
import { serverStats } from "./stats.ts";

const ROOT_USER_ID = 0;

/** Exactly one healthy leader: with any other roster official clients look for a leader elsewhere (wire-vsr-stable §5). */
function clusterMetadata(connection: Connection): ClusterMetadata {
  const node: ClusterNode = {
    name: "iggy-node",
    ip: connection.localAddress,
    tcpPort: connection.localPort,
    quicPort: 0,
    httpPort: 0,
    webSocketPort: 0,
    role: "leader",
    status: "healthy",
  };
  return { name: "single-node", nodes: [node] };
}

export const systemRoutes: readonly Route[] = [
  route(getClusterMetadata, (_, { connection }) => clusterMetadata(connection)),
  route(describeOptions, ({ scope }) => (scope === "topic" ? describeTopicOptions() : [])),
  route(getStats, (_, { broker }) => serverStats(broker)),
  route(getMe, (_, { connection }) => clientDetails(connection)),
  route(getClient, ({ id }, { broker }) => {
    const connection = broker.connections.get(id);
    return connection === undefined ? undefined : clientDetails(connection);
  }),
  route(getClients, (_, { broker }) => [...broker.connections.values()].map(clientInfo)),
];

function clientInfo(connection: Connection): ClientInfo {
  return {
    id: connection.id,
    userId: connection.session === undefined ? undefined : ROOT_USER_ID,
    transport: "tcp",
    address: connection.remoteAddress,
    groupsCount: connection.session?.memberships.size ?? 0,
  };
}

function clientDetails(connection: Connection): ClientDetails {
  const groups = [...(connection.session?.memberships ?? [])];
  return {
    ...clientInfo(connection),
    groups: groups.map(({ streamId, topicId, groupId }) => ({ streamId, topicId, groupId })),
  };
}
