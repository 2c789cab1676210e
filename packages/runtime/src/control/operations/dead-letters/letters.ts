import type { IggyClient } from "@iggy-connectors/client";
import type { DeadLetterRecord } from "../../../shared/dead-letter/dead-letter-record.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";
import type { ConnectorIdentity } from "../../config/connector-identity.ts";
import { Refusal } from "../refusal.ts";
import { DeadLetters, type LetterPage, type LetterSelection, type ReplayReport } from "./dead-letters.ts";
import type { LetterFilter } from "./filter.ts";
import { IggyTopic } from "./iggy-topic.ts";
import { LetterLog } from "./letter-log.ts";
import type { Redelivering } from "./redelivering.ts";
import { toOrigin } from "./to-origin.ts";

export type ReplayTarget = "connector" | "origin";

export interface LettersOptions {
  readonly client: () => Promise<IggyClient>;
  /** What the connector's tasks are given. Throws `Refusal` for one that is unknown, or that cannot run as it is. */
  readonly specOf: (id: ConnectorIdentity) => TaskSpec;
  /** Delivers letters once more through the connector itself. */
  readonly redeliver: (spec: TaskSpec) => Redelivering;
}

export interface ShownLetter {
  readonly record: DeadLetterRecord;
  readonly resolved: boolean;
}

/** What an operator does with the dead letters of connectors, each kind in a topic of its own. */
export class Letters {
  readonly #options: LettersOptions;
  readonly #logs = new Map<string, DeadLetters>();

  constructor(options: LettersOptions) {
    this.#options = options;
  }

  async list(id: ConnectorIdentity, filter: LetterFilter, limit: number, after?: bigint) {
    const letters = this.#of(this.#options.specOf(id));
    const { next, letters: records }: LetterPage = await letters.list(filter, limit, after);
    return { letters: records.map((record) => ({ record, resolved: letters.isResolved(record.id) })), next };
  }

  async get(id: ConnectorIdentity, letter: bigint): Promise<ShownLetter> {
    const letters = this.#of(this.#options.specOf(id));
    const record = await letters.get(letter);
    if (record !== undefined) return { record, resolved: letters.isResolved(letter) };
    throw new Refusal("not_found", `The ${id.type} ${id.key} has no dead letter ${letter}.`, {
      code: "dead_letter_not_found",
      fix: "list them to see which there are: they expire after dead_letter.retention",
    });
  }

  async replay(
    id: ConnectorIdentity,
    selection: LetterSelection,
    target: ReplayTarget,
    signal: AbortSignal,
  ): Promise<ReplayReport> {
    const spec = this.#options.specOf(id);
    const letters = this.#of(spec);
    if (target === "origin") return letters.replay(selection, toOrigin(this.#options.client), signal);
    await using redelivering = this.#options.redeliver(spec);
    return await letters.replay(selection, (records) => redelivering.deliver(records), signal);
  }

  async purge(id: ConnectorIdentity): Promise<void> {
    await this.#of(this.#options.specOf(id)).purge();
  }

  #of({ deadLetter }: TaskSpec): DeadLetters {
    const { stream, topic } = deadLetter;
    const place = `${stream}/${topic}`;
    let letters = this.#logs.get(place);
    if (letters === undefined) {
      letters = new DeadLetters(new LetterLog(new IggyTopic(this.#options.client, stream, topic)));
      this.#logs.set(place, letters);
    }
    return letters;
  }
}
