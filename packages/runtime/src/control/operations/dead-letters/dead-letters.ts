import { ConnectorError } from "@iggy-connectors/sdk";
import type { DeadLetterRecord } from "../../../shared/dead-letter/dead-letter-record.ts";
import { describeError } from "../../../shared/errors.ts";
import { type LetterFilter, matches } from "./filter.ts";
import type { LetterLog } from "./letter-log.ts";

export interface LetterPage {
  readonly letters: readonly DeadLetterRecord[];
  /** Pass it as `after` for the next page; `undefined`: this is the last page. */
  readonly next: bigint | undefined;
}

/** Which letters to replay: by id, or all that match. */
export type LetterSelection = { readonly ids: readonly bigint[] } | { readonly filter: LetterFilter };

/**
 * Delivers letters again, in order. Resolves with those that failed; the others were delivered. Rejects when the result is
 * unknown: then none counts as resolved.
 */
export type Redelivery = (letters: readonly DeadLetterRecord[]) => Promise<readonly FailedReplay[]>;

export interface FailedReplay {
  readonly id: bigint;
  readonly error: unknown;
}

export interface ReplayReport {
  readonly replayed: number;
  /** Already resolved, or no letter has that id. */
  readonly skipped: number;
  readonly failed: number;
  /** The first failures, each with its reason. */
  readonly failures: readonly { readonly id: bigint; readonly code: string; readonly error: string }[];
}

/** Letters that are delivered, and then recorded as resolved, together: at most one such group is delivered twice by a killed replay. */
const GROUP_LETTERS = 500;
const GROUP_BYTES = 4 * 1024 * 1024;
const MAX_FAILURES = 20;

/** An operator's access to the dead letters of one connector. */
export class DeadLetters {
  readonly #log: LetterLog;
  #replaying = false;

  constructor(log: LetterLog) {
    this.#log = log;
  }

  /** Letters after `after` that match, oldest first. */
  async list(filter: LetterFilter, limit: number, after?: bigint): Promise<LetterPage> {
    await this.#log.catchUp();
    const letters: DeadLetterRecord[] = [];
    for await (const record of this.#log.letters(after === undefined ? 0n : after + 1n, this.#log.end)) {
      if (!matches(filter, record, this.isResolved(record.id))) continue;
      if (letters.length === limit) return { letters, next: letters.at(-1)?.id };
      letters.push(record);
    }
    return { letters, next: undefined };
  }

  async get(id: bigint): Promise<DeadLetterRecord | undefined> {
    await this.#log.catchUp();
    return this.#log.letter(id);
  }

  isResolved(id: bigint): boolean {
    return this.#log.isResolved(id);
  }

  /** @throws ConnectorError (`IGC_STATE_REPLAY_RUNNING`) while letters are being replayed. */
  async purge(): Promise<void> {
    this.#refuseWhileReplaying();
    await this.#log.purge();
  }

  /**
   * Delivers the selected letters that exist now again. A letter counts as resolved once it was delivered and then recorded
   * as resolved in its topic: a replay that is killed loses none and repeats at most one group.
   * @throws ConnectorError (`IGC_STATE_REPLAY_RUNNING`) while another replay runs.
   */
  async replay(selection: LetterSelection, redeliver: Redelivery, signal?: AbortSignal): Promise<ReplayReport> {
    this.#refuseWhileReplaying();
    this.#replaying = true;
    try {
      await this.#log.catchUp();
      return await this.#replay(selection, redeliver, signal);
    } finally {
      this.#replaying = false;
    }
  }

  async #replay(selection: LetterSelection, redeliver: Redelivery, signal?: AbortSignal): Promise<ReplayReport> {
    let replayed = 0;
    let found = 0;
    let failed = 0;
    const failures: { id: bigint; code: string; error: string }[] = [];
    const addFailure = ({ id, error }: FailedReplay): void => {
      failed += 1;
      const { code, message } = describeError(error);
      if (failures.length < MAX_FAILURES) failures.push({ id, code, error: message });
    };
    const deliver = async (group: readonly DeadLetterRecord[]): Promise<void> => {
      const whole = group.filter((record) => record.truncated === undefined);
      for (const record of group)
        if (record.truncated !== undefined) addFailure({ id: record.id, error: truncatedLetter(record) });
      const failedLetters = whole.length === 0 ? [] : await redeliver(whole);
      for (const failure of failedLetters) addFailure(failure);
      const unresolved = new Set(failedLetters.map(({ id }) => id));
      const delivered = whole.map(({ id }) => id).filter((id) => !unresolved.has(id));
      await this.#log.resolve(delivered);
      replayed += delivered.length;
    };
    let group: DeadLetterRecord[] = [];
    let bytes = 0;
    for await (const record of this.#selected(selection)) {
      if (signal?.aborted === true) break;
      found += 1;
      if (group.length === GROUP_LETTERS || (group.length > 0 && bytes + record.payload.length > GROUP_BYTES)) {
        await deliver(group);
        group = [];
        bytes = 0;
      }
      group.push(record);
      bytes += record.payload.length;
    }
    if (signal?.aborted !== true) await deliver(group);
    const asked = "ids" in selection ? new Set(selection.ids).size : found;
    return { replayed, failed, skipped: asked - found, failures };
  }

  async *#selected(selection: LetterSelection): AsyncGenerator<DeadLetterRecord> {
    if ("filter" in selection) {
      const filter = { ...selection.filter, resolved: false };
      for await (const record of this.#log.letters(0n, this.#log.end)) {
        if (matches(filter, record, this.isResolved(record.id))) yield record;
      }
      return;
    }
    const ids = [...new Set(selection.ids)].sort((left, right) => (left < right ? -1 : 1));
    for (const id of ids) {
      const record = this.isResolved(id) ? undefined : await this.#log.letter(id);
      if (record !== undefined) yield record;
    }
  }

  #refuseWhileReplaying(): void {
    if (!this.#replaying) return;
    throw new ConnectorError("dead letters of this connector are being replayed", {
      code: "IGC_STATE_REPLAY_RUNNING",
      fix: "wait until the replay has ended",
    });
  }
}

function truncatedLetter(record: DeadLetterRecord): ConnectorError {
  return new ConnectorError(
    `the dead letter contains ${record.payload.length} of the ${record.truncated} bytes of its message`,
    {
      code: "IGC_STATE_LETTER_TRUNCATED",
      fix: "raise dead_letter.max_payload for future dead letters; this message must be repaired at its origin",
    },
  );
}
