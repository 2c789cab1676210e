import type { DeadLetterRecord } from "../../../shared/dead-letter/dead-letter-record.ts";
import type { FailedReplay } from "./dead-letters.ts";

/** Something that delivers letters through a connector once more, for as long as it is open. */
export interface Redelivering extends AsyncDisposable {
  /** In order; says of each that failed why. Rejects when it cannot say what became of them. */
  deliver(letters: readonly DeadLetterRecord[]): Promise<readonly FailedReplay[]>;
}
