import { ConnectorError } from "@iggy-connectors/sdk";
import type { DeadLetterRecord } from "../../../shared/dead-letter/dead-letter-record.ts";
import { describeError } from "../../../shared/errors.ts";
import { type LetterFilter, matches } from "./filter.ts";
import type { LetterLog } from "./letter-log.ts";

export interface LetterPage {
  readonly letters: readonly DeadLetterRecord[];
  /** Give it as `after` for the next page; undefined: this is the last one. */
  readonly next: bigint | undefined;
}

/** Which letters to replay: by id, or all that match. */
export type LetterSelection = { readonly ids: readonly bigint[] } | { readonly filter: LetterFilter };

/**
 * Delivers letters again, in order. Says of each that failed why; the others were delivered. Rejects when it cannot say
 * what became of them: then none counts as resolved.
 */
export type Redelivery = (letters: readonly DeadLetterRecord[]) => Promise<readonly FailedReplay[]>;

export interface FailedReplay {
  readonly id: bigint;
  readonly error: unknown;
}

export interface ReplayReport {
  readonly replayed: number;
  /** Resolved already, or no letter of that id. */
  readonly skipped: number;
  readonly failed: number;
  /** The first failures, each with its reason. */
  readonly failures: readonly { readonly id: bigint; readonly code: string; readonly error: string }[];
}

/** Letters that are delivered and then noted as resolved together: what a killed replay delivers once more at most. */
const GROUP_LETTERS = 500;
const GROUP_BYTES = 4 * 1024 * 1024;
const TOLD_FAILURES = 20;

/** What an operator does with the dead letters of one connector. */
export class DeadLetters {
  readonly #log: LetterLog;
  #replaying = false;

  constructor(log: LetterLog) {
    this.#log = log;
  }

  /** Letters that match, oldest first, behind `after`. */
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
   * Delivers the selected letters again, those that are there now. A letter counts as resolved once it was delivered and
   * that was noted in its topic, in this order: a replay that is killed loses none and repeats at most one group.
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
    const tell = ({ id, error }: FailedReplay): void => {
      failed += 1;
      const { code, message } = describeError(error);
      if (failures.length < TOLD_FAILURES) failures.push({ id, code, error: message });
    };
    const deliver = async (group: readonly DeadLetterRecord[]): Promise<void> => {
      const whole = group.filter((record) => record.truncated === undefined);
      for (const record of group) if (record.truncated !== undefined) tell({ id: record.id, error: cutShort(record) });
      const refused = whole.length === 0 ? [] : await redeliver(whole);
      for (const failure of refused) tell(failure);
      const open = new Set(refused.map(({ id }) => id));
      const delivered = whole.map(({ id }) => id).filter((id) => !open.has(id));
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
      fix: "wait until that replay has ended",
    });
  }
}

function cutShort(record: DeadLetterRecord): ConnectorError {
  return new ConnectorError(`the letter holds ${record.payload.length} of ${record.truncated} bytes of its message`, {
    code: "IGC_STATE_LETTER_TRUNCATED",
    fix: "raise dead_letter.max_payload for later letters; this message must be repaired at its origin",
  });
}
