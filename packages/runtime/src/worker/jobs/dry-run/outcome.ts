import type { MessageTrace } from "@iggy-connectors/transforms";
import { toTaskError } from "../../../shared/errors.ts";
import type { DryRunMessage } from "../../../shared/jobs/dry-run.ts";
import { type MessageOrigin, showMessage } from "../../tap/show-message.ts";

/** Bytes of a payload that are shown at most. */
const MAX_PAYLOAD = 256 * 1024;

/** Why a message failed, as the plan reported when it ran. */
export interface RunFailure {
  readonly stage: string;
  readonly transform?: string | undefined;
  readonly error: unknown;
}

/**
 * A message as the report shows it. Its outcome is what the plan reported (`failure`); the trace only shows the message at
 * each point of its way, and does not encode it.
 */
export function reportMessage(
  { points, end }: MessageTrace,
  origin: MessageOrigin,
  failure: RunFailure | undefined,
): DryRunMessage {
  const shown = points.map(({ point, messages }) => ({
    point,
    messages: messages.map((message) => showMessage(message, MAX_PAYLOAD)),
  }));
  const base = {
    stream: origin.stream ?? null,
    topic: origin.topic ?? null,
    partition: origin.partition ?? null,
    offset: origin.offset?.toString() ?? null,
    id: origin.id?.toString() ?? null,
    points: shown,
  };
  if (failure !== undefined) {
    const { timestamp, ...error } = toTaskError(failure.error);
    return { ...base, outcome: "failed", transform: failure.transform ?? null, stage: failure.stage, error };
  }
  const passed = { ...base, transform: null, stage: null, error: null };
  if (end.kind === "filtered") return { ...passed, outcome: "filtered", transform: end.transform };
  const before = JSON.stringify(shown[0]?.messages);
  const after = JSON.stringify(shown.at(-1)?.messages);
  return { ...passed, outcome: before === after ? "kept" : "changed" };
}
