import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { ClusterMetadata } from "../../../values/resources.ts";
import { EMPTY_REQUEST } from "../../structures/fields/empty.ts";
import { readCounted } from "../../structures/fields/list.ts";
import { MIN_CLUSTER_NODE_SIZE, readClusterNode, writeClusterNode } from "../../structures/records/cluster-node.ts";

/* request: empty · response: cluster name text32, node count u32, nodes */

export const getClusterMetadata: Command<undefined, ClusterMetadata> = {
  name: "get_cluster_metadata",
  operation: OPERATION.nonReplicated,
  code: 12,
  ...EMPTY_REQUEST,
  encodeResponse(writer, cluster) {
    writer.str32(cluster.name).u32(cluster.nodes.length);
    for (const node of cluster.nodes) writeClusterNode(writer, node);
  },
  decodeResponse(reader) {
    const name = reader.str32();
    return { name, nodes: readCounted(reader, reader.u32(), MIN_CLUSTER_NODE_SIZE, readClusterNode) };
  },
};
