import type { HeaderEntry } from "../../values/headers.ts";

/** A message on its way to Iggy. */
export interface OutgoingMessage {
  /** 1 … 64 000 000 bytes. */
  readonly payload: Uint8Array;
  /** 0 or absent: the encoder draws a random one. */
  readonly id?: bigint;
  /** Microseconds since the Unix epoch; absent: the time given to the encoder. */
  readonly timestamp?: number;
  /** Already encoded user headers (a key-value block), at most 100 000 bytes; wins over `headers`. */
  readonly headersBytes?: Uint8Array;
  readonly headers?: readonly HeaderEntry[];
}
