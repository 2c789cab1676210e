import { ProtocolError } from "../../../errors.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";

/* name: length u8 (1 … 255), UTF-8 bytes */

export function writeName(writer: Writer, name: string): void {
  if (name.length === 0) throw new ProtocolError("a name has at least one byte");
  writer.str8(name);
}

export function readName(reader: Reader): string {
  const at = reader.position;
  const name = reader.str8();
  if (name.length === 0) throw new ProtocolError("a name has at least one byte", at);
  return name;
}
