import type { Schema } from "@iggy-connectors/sdk";

/** A payload for people to read: as text where it is text, cut to a limit. */
export interface ShownPayload {
  readonly encoding: "utf8" | "base64";
  readonly data: string;
  /** Bytes of the whole payload. */
  readonly size: number;
  readonly truncated: boolean;
}

/** A message for people to read, at one point of its way through a connector. */
export interface ShownMessage {
  readonly payload: ShownPayload;
  /** What the value is at this point. */
  readonly kind: Schema;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Sources: name of the `[[streams]]` entry it goes to. */
  readonly target: string | null;
}
