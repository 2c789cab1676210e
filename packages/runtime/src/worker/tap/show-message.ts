import type { MessageTrace, TracedMessage } from "@iggy-connectors/transforms";
import { bytesOf, showHeaders, showPayload } from "../../shared/tap/show.ts";
import type { ShownMessage } from "../../shared/tap/shown-message.ts";
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
    payload: showPayload(message.payload ?? bytesOf(message.value, message.kind), maxBytes),
    kind: message.kind,
    headers: showHeaders(message.headers),
    target: message.target ?? null,
  };
}
