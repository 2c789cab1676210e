import { ProtocolError } from "../../../errors.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { Identifier } from "../../../values/identifiers.ts";
import { readName, writeName } from "./name.ts";

/*
 * identifier: kind u8, length u8, value
 *   1 numeric: length 4, u32        2 text: length 1 … 255, UTF-8
 */
const NUMERIC = 1;
const TEXT = 2;
const NUMERIC_LENGTH = 4;

export function writeIdentifier(writer: Writer, identifier: Identifier): void {
  if (typeof identifier === "number") writer.u8(NUMERIC).u8(NUMERIC_LENGTH).u32(identifier);
  else writeName(writer.u8(TEXT), identifier);
}

export function readIdentifier(reader: Reader): Identifier {
  const at = reader.position;
  const kind = reader.u8();
  if (kind === TEXT) return readName(reader);
  if (kind !== NUMERIC) throw new ProtocolError(`unknown identifier kind ${kind}`, at);
  const length = reader.u8();
  if (length !== NUMERIC_LENGTH) throw new ProtocolError(`a numeric identifier has 4 bytes, found ${length}`, at + 1);
  return reader.u32();
}
