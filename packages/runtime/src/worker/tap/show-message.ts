import { type Schema, stringifyJson } from "@iggy-connectors/sdk";
import { JsonText } from "@iggy-connectors/sdk/internal";
import type { MessageTrace, TracedMessage } from "@iggy-connectors/transforms";
import type { ShownMessage, ShownPayload } from "../../shared/tap/shown-message.ts";
import type { TappedMessage } from "../../shared/tap/tapped-message.ts";

/** Where a message came from. */
export interface MessageOrigin {
  readonly stream?: string;
  readonly topic?: string;
  readonly partition?: number | undefined;
  readonly offset?: bigint;
  readonly id?: bigint | undefined;
}

/** A trace as the tap shows it: one entry per point and message. */
export function showTrace({ points, end }: MessageTrace, origin: MessageOrigin, maxBytes: number): TappedMessage[] {
  const base = {
    stream: origin.stream ?? null,
    topic: origin.topic ?? null,
    partition: origin.partition ?? null,
    offset: origin.offset?.toString() ?? null,
    id: origin.id?.toString() ?? null,
  };
  const shown: TappedMessage[] = points.flatMap(({ point, messages }) =>
    messages.map((message) => {
      const { payload, headers } = showMessage(message, maxBytes);
      return { point, ...base, payload, headers };
    }),
  );
  if (end.kind === "delivered") return shown;
  const ended = { ...base, payload: null, headers: {} };
  if (end.kind === "filtered") shown.push({ point: end.transform, ...ended, outcome: "filtered" });
  else {
    const { code, message } = end.error;
    shown.push({ point: end.transform ?? "in", ...ended, outcome: "failed", code, error: message });
  }
  return shown;
}

/** A message at one point, with at most `maxBytes` of its payload. */
export function showMessage(message: TracedMessage, maxBytes: number): ShownMessage {
  return {
    payload: showPayload(message, maxBytes),
    kind: message.kind,
    headers: showHeaders(message),
    target: message.target ?? null,
  };
}

function showPayload({ value, payload, kind }: TracedMessage, maxBytes: number): ShownPayload {
  const bytes = payload ?? bytesOf(value, kind);
  const size = bytes.length;
  const truncated = size > maxBytes;
  const part = truncated ? bytes.subarray(0, maxBytes) : bytes;
  const text = textOf(part, truncated);
  return text === undefined
    ? { encoding: "base64", data: Buffer.from(part).toString("base64"), size, truncated }
    : { encoding: "utf8", data: text, size, truncated };
}

function bytesOf(value: unknown, kind: Schema): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof JsonText) return Buffer.from(value.toString());
  if (typeof value === "string" && kind !== "json") return Buffer.from(value);
  try {
    return Buffer.from(stringifyJson(value) ?? String(value));
  } catch {
    return Buffer.from(String(value));
  }
}

/** Undefined: these bytes are not text. A character that was cut in two is left out. */
function textOf(bytes: Uint8Array, truncated: boolean): string | undefined {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes, { stream: truncated });
  } catch {
    return undefined;
  }
}

function showHeaders({ headers }: TracedMessage): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, { value }] of headers) {
    if (typeof value === "bigint") shown[name] = value.toString();
    else shown[name] = value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
  }
  return shown;
}
