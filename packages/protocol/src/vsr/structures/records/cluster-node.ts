import { ProtocolError } from "../../../errors.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { ClusterNode } from "../../../values/resources.ts";

/*
 * node: name text32, ip text32, tcp u16, quic u16, http u16, websocket u16,
 *       role u8 (0 leader, 1 follower), status u8 (0 healthy, 1 starting, 2 stopping, 3 unreachable, 4 maintenance)
 */
const ROLES: readonly ClusterNode["role"][] = ["leader", "follower"];
const STATUSES: readonly ClusterNode["status"][] = ["healthy", "starting", "stopping", "unreachable", "maintenance"];

/** Bytes of the smallest node. */
export const MIN_CLUSTER_NODE_SIZE = 18;

export function writeClusterNode(writer: Writer, node: ClusterNode): void {
  writer
    .str32(node.name)
    .str32(node.ip)
    .u16(node.tcpPort)
    .u16(node.quicPort)
    .u16(node.httpPort)
    .u16(node.webSocketPort)
    .u8(ROLES.indexOf(node.role))
    .u8(STATUSES.indexOf(node.status));
}

export function readClusterNode(reader: Reader): ClusterNode {
  return {
    name: reader.str32(),
    ip: reader.str32(),
    tcpPort: reader.u16(),
    quicPort: reader.u16(),
    httpPort: reader.u16(),
    webSocketPort: reader.u16(),
    role: readWord(reader, ROLES, "role"),
    status: readWord(reader, STATUSES, "status"),
  };
}

function readWord<Word>(reader: Reader, words: readonly Word[], field: string): Word {
  const at = reader.position;
  const code = reader.u8();
  const word = words[code];
  if (word === undefined) throw new ProtocolError(`unknown ${field} ${code} of a cluster node`, at);
  return word;
}
