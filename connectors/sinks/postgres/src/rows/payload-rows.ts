import { isUtf8 } from "node:buffer";
import { type MessageBatch, RejectedError, stringifyJson, validateJson } from "@iggy-connectors/sdk";
import type { PostgresSinkConfig } from "../config.ts";
import type { Column } from "../table/column.ts";
import { metadataColumns } from "../table/layout.ts";
import type { Encode, NewRows } from "./encoded-batch.ts";
import { metadataWriter } from "./metadata.ts";
import type { RowOutput } from "./row-output.ts";

/** Estimated bytes of the metadata of a row. */
const METADATA_BYTES = 200;

/** Rows of the original's layout: the metadata of the message, and its payload as it is. */
export function payloadEncoder(
  config: PostgresSinkConfig,
  columns: ReadonlyMap<string, Column>,
  newRows: NewRows,
): Encode {
  const metadata = metadataColumns(config).map(({ name }) => columns.get(name) as Column);
  const names = [...metadata.map(({ name }) => name), "payload"];
  const format = config.payload_format;
  return (batch, indexes) => {
    const rows = newRows(
      names.length,
      indexes.length * METADATA_BYTES + batch.payloadBytes * (format === "bytea" ? 2 : 1),
      false,
    );
    const rejected = new Map<bigint, unknown>();
    const written: number[] = [];
    const writers = metadata.map((column) => metadataWriter(column.name, column, batch)!);
    for (const index of indexes) {
      const payload = payloadOf(batch, index);
      const fault = faultOf(payload, format, batch);
      if (fault !== undefined) {
        rejected.set(batch.offset(index), fault);
        continue;
      }
      const message = batch.at(index);
      for (const write of writers) write(message, rows);
      writePayload(payload, format, rows);
      rows.endRow();
      written.push(index);
    }
    return { runs: [{ columns: names, rows, indexes: written }], rejected };
  };
}

/** The bytes that were sent; what a schema decoded is JSON, as the original hands it over. */
function payloadOf(batch: MessageBatch, index: number): Uint8Array {
  const { schema } = batch;
  if (schema === "json" || schema === "raw" || schema === "text") return batch.payload(index);
  return Buffer.from(stringifyJson(batch.at(index).value));
}

function writePayload(payload: Uint8Array, format: PostgresSinkConfig["payload_format"], output: RowOutput): void {
  if (format === "bytea") output.binary(payload);
  else output.utf8(payload);
}

/** Why the column cannot hold the payload, found before the server does: a rejected row makes its batch slow. */
function faultOf(
  payload: Uint8Array,
  format: PostgresSinkConfig["payload_format"],
  { schema }: MessageBatch,
): RejectedError | undefined {
  switch (format) {
    case "bytea":
      return undefined;
    case "json":
      if (schema !== "raw" && schema !== "text") return undefined;
      return validateJson(payload)
        ? undefined
        : new RejectedError('the payload is not JSON, and payload_format is "json"', {
            code: "IGC_SINK_POSTGRES_PAYLOAD",
            fix: 'set payload_format = "bytea"',
          });
    case "text":
      if (payload.includes(0)) return textFault("contains a NUL character, which PostgreSQL does not allow in text");
      return isUtf8(payload) ? undefined : textFault("is not UTF-8");
  }
}

function textFault(what: string): RejectedError {
  return new RejectedError(`the payload ${what}, and payload_format is "text"`, {
    code: "IGC_SINK_POSTGRES_PAYLOAD",
    fix: 'set payload_format = "bytea"',
  });
}
