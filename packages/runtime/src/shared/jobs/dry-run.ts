import type { ShownMessage } from "../tap/shown-message.ts";
import type { InitialOffset } from "../task/task-spec.ts";
import type { TaskError } from "../task/task-status.ts";

/** How to try a connector. */
export interface DryRunOrder {
  /** Number of messages, at most. */
  readonly messages: number;
  /** Sinks: where to read, default the beginning. Sources: `first` is a fresh start, default the stored checkpoint. */
  readonly from: InitialOffset | undefined;
  /** Sinks: only these. */
  readonly stream?: string | undefined;
  readonly topic?: string | undefined;
  readonly partition?: number | undefined;
  /** Payloads to use instead of the connector's own messages. */
  readonly input?: readonly Uint8Array[] | undefined;
  /** Milliseconds for a source to produce something. */
  readonly wait: number;
}

type DryRunOutcome = "kept" | "changed" | "filtered" | "failed";

/** One message and what would become of it. */
export interface DryRunMessage {
  readonly stream: string | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: string | null;
  readonly id: string | null;
  readonly outcome: DryRunOutcome;
  /** `in`, each transform by its name, `out`; a message may become several, or none. */
  readonly points: readonly { readonly point: string; readonly messages: readonly ShownMessage[] }[];
  /** The transform that filtered it out, or in which it failed. */
  readonly transform: string | null;
  readonly stage: string | null;
  readonly error: Omit<TaskError, "timestamp"> | null;
}

export interface DryRunResult {
  readonly messages: readonly DryRunMessage[];
  /** Why there are fewer than requested, where that needs an explanation. */
  readonly note: string | null;
}
