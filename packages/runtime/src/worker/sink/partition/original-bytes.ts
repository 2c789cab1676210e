import type { PartitionMembership } from "@iggy-connectors/client";
import type { MessageFrames } from "@iggy-connectors/protocol";

/** Frames that can tell whether their bytes are those that came from the server. */
interface Verifiable {
  findCorruption(): unknown;
}

/** Whether messages have other bytes than they came with: a plugin was given views of them and wrote into one. */
export function isChanged(frames: MessageFrames): boolean {
  return "findCorruption" in frames && (frames as unknown as Verifiable).findCorruption() !== undefined;
}

/** Reads the messages of a batch again, and puts back their bytes where they are. @throws what a poll throws. */
export async function restoreBytes(
  member: Pick<PartitionMembership, "poll">,
  partition: number,
  frames: MessageFrames,
): Promise<void> {
  for (let index = 0; index < frames.length; ) {
    const offset = frames.offset(index);
    const polled = await member.poll(partition, { kind: "offset", offset }, frames.length - index);
    if (polled === "fenced" || polled.length === 0) return;
    const last = polled.offset(polled.length - 1);
    const places = new Map(Array.from({ length: polled.length }, (_, read) => [polled.offset(read), read]));
    for (; index < frames.length && frames.offset(index) <= last; index++) {
      const read = places.get(frames.offset(index));
      if (read !== undefined) copyMessage(polled, read, frames, index);
    }
  }
}

function copyMessage(from: MessageFrames, read: number, to: MessageFrames, index: number): void {
  const payload = to.buffer.subarray(to.payloadStart(index), to.payloadEnd(index));
  const original = from.payload(read);
  if (original.length === payload.length) payload.set(original);
  const headers = to.headersBytes(index);
  const originalHeaders = from.headersBytes(read);
  if (originalHeaders.length === headers.length) headers.set(originalHeaders);
}
