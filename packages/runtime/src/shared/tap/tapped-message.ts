import type { ShownPayload } from "./shown-message.ts";

/** How much of a connector's messages a client of the tap wants to see. */
export interface TapSettings {
  /** Messages per second at most. */
  readonly rate: number;
  /** Bytes of a payload at most. */
  readonly bytes: number;
}

/** A message at one point of its way through a connector: `in`, the name of a transform, or `out`. */
export interface TappedMessage {
  readonly point: string;
  readonly stream: string | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: string | null;
  readonly id: string | null;
  /** Null: a transform filtered the message out here, or it failed here. */
  readonly payload: ShownPayload | null;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Only where the message ends at this point without being delivered. */
  readonly outcome?: "filtered" | "failed";
  readonly code?: string;
  readonly error?: string;
}
