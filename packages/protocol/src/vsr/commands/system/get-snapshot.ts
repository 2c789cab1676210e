import type { Command } from "../../../command.ts";
import { ProtocolError } from "../../../errors.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Reader } from "../../../primitives/reader.ts";
import { readCounted } from "../../structures/fields/list.ts";

/*
 * request: compression u8 (1 stored, 2 deflated, 3 bzip2, 4 zstd, 5 lzma, 6 xz), count u8, types u8 …
 * response: a ZIP file
 */
const COMPRESSIONS = ["stored", "deflated", "bzip2", "zstd", "lzma", "xz"] as const;

const TYPES = {
  filesystem_overview: 1,
  process_list: 2,
  resource_usage: 3,
  test: 4,
  server_logs: 5,
  server_config: 6,
  all: 100,
} as const;

export type SnapshotCompression = (typeof COMPRESSIONS)[number];
export type SnapshotType = keyof typeof TYPES;

const TYPE_OF_CODE: ReadonlyMap<number, SnapshotType> = new Map(
  Object.entries(TYPES).map(([name, code]) => [code, name as SnapshotType]),
);

/** What a server tells about its machine. `all` stands alone. */
export interface GetSnapshotRequest {
  readonly compression: SnapshotCompression;
  readonly types: readonly SnapshotType[];
}

export const getSnapshot: Command<GetSnapshotRequest, Uint8Array> = {
  name: "get_snapshot",
  operation: OPERATION.nonReplicated,
  code: 11,
  encodeRequest(writer, { compression, types }) {
    writer.u8(COMPRESSIONS.indexOf(compression) + 1).u8(types.length);
    for (const type of types) writer.u8(TYPES[type]);
  },
  decodeRequest(reader) {
    const code = reader.u8();
    const compression = COMPRESSIONS[code - 1];
    if (compression === undefined) throw new ProtocolError(`unknown snapshot compression ${code}`, 0);
    return { compression, types: readCounted(reader, reader.u8(), 1, readType) };
  },
  encodeResponse(writer, zip) {
    writer.bytes(zip);
  },
  /** A view of the reply. */
  decodeResponse(reader) {
    return reader.rest();
  },
};

function readType(reader: Reader): SnapshotType {
  const at = reader.position;
  const code = reader.u8();
  const type = TYPE_OF_CODE.get(code);
  if (type === undefined) throw new ProtocolError(`unknown snapshot type ${code}`, at);
  return type;
}
