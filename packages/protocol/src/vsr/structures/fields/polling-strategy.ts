import { ProtocolError } from "../../../errors.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { PollingStrategy } from "../../../values/identifiers.ts";

/* strategy: kind u8, value u64 (offset or microseconds, 0 for the others) */
const OFFSET = 1;
const TIMESTAMP = 2;
const FIRST = 3;
const LAST = 4;
const NEXT = 5;

export function writePollingStrategy(writer: Writer, strategy: PollingStrategy): void {
  switch (strategy.kind) {
    case "offset":
      writer.u8(OFFSET).u64(strategy.offset);
      break;
    case "timestamp":
      writer.u8(TIMESTAMP).u64(strategy.timestamp);
      break;
    case "first":
      writer.u8(FIRST).u64(0n);
      break;
    case "last":
      writer.u8(LAST).u64(0n);
      break;
    case "next":
      writer.u8(NEXT).u64(0n);
  }
}

export function readPollingStrategy(reader: Reader): PollingStrategy {
  const at = reader.position;
  const kind = reader.u8();
  const value = reader.u64();
  switch (kind) {
    case OFFSET:
      return { kind: "offset", offset: value };
    case TIMESTAMP:
      return { kind: "timestamp", timestamp: value };
    case FIRST:
      return { kind: "first" };
    case LAST:
      return { kind: "last" };
    case NEXT:
      return { kind: "next" };
    default:
      throw new ProtocolError(`unknown polling strategy ${kind}`, at);
  }
}
