import { ProtocolError } from "../../../errors.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";

/* acknowledgement of an offset write: u8, 0 none, 1 quorum */

/** `none` lets a single replica answer early; the default is `quorum`, which official clients always send. */
export type Acknowledgement = "none" | "quorum";

const RESOURCE_NOT_FOUND = 20;

export function writeAcknowledgement(writer: Writer, acknowledgement: Acknowledgement = "quorum"): void {
  writer.u8(acknowledgement === "quorum" ? 1 : 0);
}

export function readAcknowledgement(reader: Reader): Acknowledgement {
  const at = reader.position;
  const code = reader.u8();
  if (code > 1) throw new ProtocolError(`unknown acknowledgement ${code}`, at, RESOURCE_NOT_FOUND);
  return code === 1 ? "quorum" : "none";
}
