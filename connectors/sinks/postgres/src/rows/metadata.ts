import type { Message, MessageBatch } from "@iggy-connectors/sdk";
import type { Column } from "../table/column.ts";
import type { RowOutput } from "./row-output.ts";

type WriteValue = (message: Message, output: RowOutput) => void;

const SECOND_MICROS = 1_000_000;

/** How the value of a metadata column is written; decided once per batch. `undefined`: it is none. */
export function metadataWriter(name: string, column: Column, batch: MessageBatch): WriteValue | undefined {
  switch (name) {
    case "id":
    case "iggy_id":
      return ({ id }, output) => output.plain(String(id));
    case "iggy_offset":
      return ({ offset }, output) => output.plain(String(offset));
    case "iggy_stream": {
      const bytes = Buffer.from(batch.stream);
      return (_, output) => output.utf8(bytes);
    }
    case "iggy_topic": {
      const bytes = Buffer.from(batch.topic);
      return (_, output) => output.utf8(bytes);
    }
    case "iggy_partition_id": {
      const text = String(batch.partition);
      return (_, output) => output.plain(text);
    }
    case "iggy_checksum":
      // 64 bits without a sign fit into a column with one only as the original writes them.
      return column.kind === "bigint"
        ? ({ checksum }, output) => output.plain(String(BigInt.asIntN(64, checksum)))
        : ({ checksum }, output) => output.plain(String(checksum));
    case "iggy_timestamp": {
      const format = timeFormat();
      return ({ timestamp }, output) => output.plain(format(timestamp));
    }
    case "iggy_origin_timestamp": {
      const format = timeFormat();
      return ({ originTimestamp }, output) => output.plain(format(originTimestamp));
    }
    default:
      return undefined;
  }
}

/** Microseconds since the Unix epoch as `timestamptz` reads them. Messages of one second share most of the text. */
function timeFormat(): (micros: number) => string {
  let second = Number.NaN;
  let prefix = "";
  return (micros) => {
    const current = Math.floor(micros / SECOND_MICROS);
    if (current !== second) {
      second = current;
      prefix = new Date(current * 1000).toISOString().slice(0, -4);
    }
    return `${prefix}${String(micros - current * SECOND_MICROS).padStart(6, "0")}Z`;
  };
}
