import { ProtocolError } from "../../../errors.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { ClientDetails, ClientInfo, Transport } from "../../../values/clients.ts";
import { readCounted } from "../fields/list.ts";

/*
 * client record: id u32, user id u32 (2³²−1 unknown), transport u8 (1 TCP, 2 QUIC, 3 HTTP, 4 WebSocket),
 *                address text32, groups count u32
 * client details: client record, then groups count × { stream u32, topic u32, group u32 }
 */
const TRANSPORTS: readonly Transport[] = ["tcp", "quic", "http", "websocket"];
const UNKNOWN_USER = 0xffff_ffff;
const GROUP_SIZE = 12;

export function writeClientRecord(writer: Writer, client: ClientInfo): void {
  writer
    .u32(client.id)
    .u32(client.userId ?? UNKNOWN_USER)
    .u8(TRANSPORTS.indexOf(client.transport) + 1)
    .str32(client.address)
    .u32(client.groupsCount);
}

export function readClientRecord(reader: Reader): ClientInfo {
  const id = reader.u32();
  const userId = reader.u32();
  const transport = readTransport(reader);
  const address = reader.str32();
  const groupsCount = reader.u32();
  return { id, userId: userId === UNKNOWN_USER ? undefined : userId, transport, address, groupsCount };
}

export function writeClientDetails(writer: Writer, client: ClientDetails): void {
  writeClientRecord(writer, { ...client, groupsCount: client.groups.length });
  for (const group of client.groups) writer.u32(group.streamId).u32(group.topicId).u32(group.groupId);
}

export function readClientDetails(reader: Reader): ClientDetails {
  const client = readClientRecord(reader);
  const groups = readCounted(reader, client.groupsCount, GROUP_SIZE, () => ({
    streamId: reader.u32(),
    topicId: reader.u32(),
    groupId: reader.u32(),
  }));
  return { ...client, groups };
}

function readTransport(reader: Reader): Transport {
  const at = reader.position;
  const code = reader.u8();
  const transport = TRANSPORTS[code - 1];
  if (transport === undefined) throw new ProtocolError(`unknown transport ${code}`, at);
  return transport;
}
