import { type MessageBatch, RejectedError, type RejectedMessage, toOneLine } from "@iggy-connectors/sdk";

const LINE_FEED = 10;

/** JSON documents on their way to Quickwit, and the messages they come from. */
export interface Documents {
  readonly length: number;
  /** Size as lines. */
  readonly bytes: number;
  lines(): Uint8Array;
  /** The text of one document without its line feed. */
  text(index: number): string;
  /** Offset of the message that document `index` comes from. */
  offset(index: number): bigint;
  slice(start: number, end: number): Documents;
}

/** A `json` stream: every payload is a document, its bytes are sent as they are. */
export function jsonDocuments(batch: MessageBatch): Documents {
  return {
    length: batch.length,
    bytes: batch.payloadBytes + batch.length,
    lines: () => batch.toLines(),
    text: (index) => Buffer.from(batch.payload(index)).toString("utf8").replaceAll("\n", " "),
    offset: (index) => batch.offset(index),
    slice: (start, end) => jsonDocuments(batch.slice(start, end)),
  };
}

/** A stream of another schema: payloads that are JSON objects are documents, the others are rejected. */
export function findDocuments(batch: MessageBatch): { documents: Documents; rejected: RejectedMessage[] } {
  const lines: Uint8Array[] = [];
  const offsets: bigint[] = [];
  const rejected: RejectedMessage[] = [];
  for (let index = 0; index < batch.length; index++) {
    const payload = Buffer.from(batch.payload(index));
    const offset = batch.offset(index);
    if (isJsonObject(payload)) {
      lines.push(asLine(payload));
      offsets.push(offset);
    } else {
      rejected.push({ offset, error: notADocument(offset, batch.schema) });
    }
  }
  return { documents: lineDocuments(lines, offsets), rejected };
}

function lineDocuments(lines: readonly Uint8Array[], offsets: readonly bigint[]): Documents {
  return {
    length: lines.length,
    bytes: lines.reduce((sum, line) => sum + line.length, 0),
    lines: () => Buffer.concat(lines),
    text: (index) =>
      Buffer.from(lines[index] as Uint8Array)
        .toString("utf8")
        .trimEnd(),
    offset: (index) => offsets[index] as bigint,
    slice: (start, end) => lineDocuments(lines.slice(start, end), offsets.slice(start, end)),
  };
}

function asLine(payload: Uint8Array): Uint8Array {
  const line = Buffer.allocUnsafe(payload.length + 1);
  line.set(payload);
  toOneLine(line, 0, payload.length);
  line[payload.length] = LINE_FEED;
  return line;
}

function isJsonObject(payload: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload));
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function notADocument(offset: bigint, schema: string): RejectedError {
  return new RejectedError(`the ${schema} payload at offset ${offset} is not a JSON object`, {
    code: "IGC_SINK_QUICKWIT_NOT_JSON",
    place: `offset ${offset}`,
    fix: "send JSON objects, or wrap the payload with a transform",
  });
}
