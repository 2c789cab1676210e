import type { DeadLetterRecord } from "../../../shared/dead-letter/dead-letter-record.ts";
import type { FailedReplay } from "./dead-letters.ts";

/** Delivers dead letters again through a connector, until it is disposed. */
export interface Redelivering extends AsyncDisposable {
  /** Delivers in order and resolves with those that failed. Rejects when the result is unknown. */
  deliver(letters: readonly DeadLetterRecord[]): Promise<readonly FailedReplay[]>;
}
