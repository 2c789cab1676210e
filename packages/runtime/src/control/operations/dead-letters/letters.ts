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
  /** The specification of the connector's first task. Throws `Refusal` where it is unknown, or its configuration is not valid. */
  readonly specOf: (id: ConnectorIdentity) => TaskSpec;
  /** Delivers dead letters again through the connector itself. */
  readonly redeliver: (spec: TaskSpec) => Redelivering;
}

export interface ShownLetter {
  readonly record: DeadLetterRecord;
  readonly resolved: boolean;
}

/** An operator's access to the dead letters of all connectors, by their topics. */
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
      fix: "list the existing ones; dead letters expire after dead_letter.retention",
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
    const name = `${stream}/${topic}`;
    let letters = this.#logs.get(name);
    if (letters === undefined) {
      letters = new DeadLetters(new LetterLog(new IggyTopic(this.#options.client, stream, topic)));
      this.#logs.set(name, letters);
    }
    return letters;
  }
}
