import type { HeaderEntry } from "@iggy-connectors/protocol";
import { headerText } from "@iggy-connectors/protocol/headers";
import type { z } from "zod";
import type { DeadLetterRecord } from "../../../shared/dead-letter/dead-letter-record.ts";
import type { deadLetterDetailsSchema, deadLetterSchema } from "../schemas/dead-letter.ts";
import { moment } from "./moment.ts";

/** A dead letter as a list shows it. 64-bit numbers are strings. */
export function deadLetterShape(record: DeadLetterRecord, resolved: boolean): z.input<typeof deadLetterSchema> {
  return {
    id: record.id.toString(),
    task: record.task,
    stage: record.stage,
    transform: record.transform ?? null,
    code: record.code,
    error: record.error,
    attempts: record.attempts,
    time: moment(record.time / 1000),
    resolved,
    origin: {
      stream: record.stream,
      topic: record.topic,
      partition: record.partition ?? null,
      offset: record.offset?.toString() ?? null,
      id: record.messageId?.toString() ?? null,
      timestamp: momentOf(record.timestamp),
      origin_timestamp: momentOf(record.originTimestamp),
    },
    size: record.truncated ?? record.payload.length,
    truncated: record.truncated !== undefined,
    dropped_headers: record.droppedHeaders,
  };
}

/** `time`: microseconds since the Unix epoch. */
const momentOf = (time: number | undefined) => (time === undefined ? null : moment(time / 1000));

/** With payload and headers. */
export function deadLetterDetailsShape(
  record: DeadLetterRecord,
  resolved: boolean,
): z.input<typeof deadLetterDetailsSchema> {
  const { payload, headers } = record;
  return { ...deadLetterShape(record, resolved), payload: payloadShape(payload), headers: headersShape(headers) };
}

/** The text where the bytes are UTF-8, else base64. */
function payloadShape(payload: Uint8Array): { readonly encoding: "utf8" | "base64"; readonly data: string } {
  try {
    return { encoding: "utf8", data: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload) };
  } catch {
    return { encoding: "base64", data: Buffer.from(payload).toString("base64") };
  }
}

function headersShape(
  headers: readonly HeaderEntry[],
): Record<string, { readonly kind: string; readonly value: unknown }> {
  return Object.fromEntries(
    headers.map(({ key, value }) => [headerText(key), { kind: value.kind, value: jsonValue(value.value) }]),
  );
}

function jsonValue(value: HeaderEntry["value"]["value"]): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
