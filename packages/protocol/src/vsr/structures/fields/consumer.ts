import { ProtocolError } from "../../../errors.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { ConsumerRef } from "../../../values/identifiers.ts";
import { readIdentifier, writeIdentifier } from "./identifier.ts";

/* consumer: kind u8 (1 consumer, 2 consumer group), identifier */
const CONSUMER = 1;
const GROUP = 2;

export function writeConsumer(writer: Writer, consumer: ConsumerRef): void {
  writer.u8(consumer.kind === "group" ? GROUP : CONSUMER);
  writeIdentifier(writer, consumer.id);
}

export function readConsumer(reader: Reader): ConsumerRef {
  const at = reader.position;
  const kind = reader.u8();
  if (kind !== CONSUMER && kind !== GROUP) throw new ProtocolError(`unknown consumer kind ${kind}`, at);
  return { kind: kind === GROUP ? "group" : "consumer", id: readIdentifier(reader) };
}
