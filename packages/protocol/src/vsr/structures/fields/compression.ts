import { ProtocolError } from "../../../errors.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { CompressionAlgorithm } from "../../../values/resources.ts";

/* compression of a topic: u8, 1 none, 2 gzip. Stored only: no server compresses. */
const ALGORITHMS: readonly CompressionAlgorithm[] = ["none", "gzip"];

export function writeCompression(writer: Writer, compression: CompressionAlgorithm): void {
  writer.u8(ALGORITHMS.indexOf(compression) + 1);
}

export function readCompression(reader: Reader): CompressionAlgorithm {
  const at = reader.position;
  const code = reader.u8();
  const compression = ALGORITHMS[code - 1];
  if (compression === undefined) throw new ProtocolError(`unknown compression ${code}`, at);
  return compression;
}
