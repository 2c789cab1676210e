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
import { describeTopicOptions } from "../../catalog/topic-options.ts";
import type { Connection } from "../../connections/connection.ts";
import { authorize } from "../authorize.ts";
import { type Route, route } from "../route.ts";
import { serverStats } from "../stats.ts";

/** Exactly one healthy leader: with any other roster official clients look for a leader elsewhere. */
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
  route(getStats, (_, context) => {
    authorize(context, "readServers");
    return serverStats(context.broker);
  }),
  route(getMe, (_, { connection }) => clientDetails(connection)),
  route(getClient, ({ id }, context) => {
    authorize(context, "readServers");
    const connection = context.broker.connections.get(id);
    return connection === undefined ? undefined : clientDetails(connection);
  }),
  route(getClients, (_, context) => {
    authorize(context, "readServers");
    return [...context.broker.connections.values()].map(clientInfo);
  }),
];

function clientInfo(connection: Connection): ClientInfo {
  return {
    id: connection.id,
    userId: connection.session?.userId,
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
