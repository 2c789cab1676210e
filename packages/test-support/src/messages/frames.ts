import type { Headers, MessageFrames } from "@iggy-connectors/protocol";

export interface FrameInput {
  readonly payload: Uint8Array | string;
  readonly headers?: Headers;
}

/** Bytes between the payloads, as a poll reply has them; line feeds among them must not matter. */
const GAP = Uint8Array.of(0x0a, 0x00, 0x22, 0x7d, 0x0a);

/** Frames as a poll gives them, for tests: offsets from `firstOffset` on, everything else derived from the offset. */
export function makeFrames(inputs: readonly (FrameInput | string | Uint8Array)[], firstOffset = 100n): MessageFrames {
  const messages = inputs.map((input) =>
    typeof input === "string" || input instanceof Uint8Array ? { payload: input } : input,
  );
  const payloads = messages.map(({ payload }) => Buffer.from(payload as string));
  const starts: number[] = [];
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const payload of payloads) {
    parts.push(GAP, payload);
    starts.push(length + GAP.length);
    length += GAP.length + payload.length;
  }
  const buffer = new Uint8Array(Buffer.concat([...parts, GAP]));
  const offset = (index: number) => firstOffset + BigInt(index);
  const payloadEnd = (index: number) => starts[index]! + payloads[index]!.length;
  return {
    buffer,
    partition: 3,
    currentOffset: firstOffset + BigInt(messages.length) + 10n,
    length: messages.length,
    offset,
    id: (index) => offset(index) * 1000n,
    checksum: (index) => offset(index) + 7n,
    timestamp: (index) => 1_700_000_000_000_000 + index,
    originTimestamp: (index) => 1_600_000_000_000_000 + index,
    payloadStart: (index) => starts[index]!,
    payloadEnd,
    payload: (index) => buffer.subarray(starts[index]!, payloadEnd(index)),
    headersBytes: () => new Uint8Array(0),
    headers: (index) => messages[index]!.headers ?? new Map(),
  };
}

export const PARTITION = { stream: "shop", topic: "orders", partition: 3 } as const;
