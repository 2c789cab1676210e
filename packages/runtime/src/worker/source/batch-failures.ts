import type { MessageFailure } from "@iggy-connectors/transforms";
import type { SourceStreamSpec } from "../../shared/task/task-spec.ts";

/**
 * The failed messages of one produced batch, each with the stream it was to go to. Of a message that became several, one
 * failure per stream stands for all.
 */
export class BatchFailures {
  readonly #streams = new Map<MessageFailure, SourceStreamSpec>();
  readonly #failed = new Map<SourceStreamSpec, Set<number>>();

  add(stream: SourceStreamSpec, failures: readonly MessageFailure[]): void {
    if (failures.length === 0) return;
    const known = this.#failed.get(stream) ?? new Set<number>();
    this.#failed.set(stream, known);
    for (const failure of failures) {
      if (known.has(failure.index)) continue;
      known.add(failure.index);
      this.#streams.set(failure, stream);
    }
  }

  get all(): readonly MessageFailure[] {
    return [...this.#streams.keys()];
  }

  streamOf(failure: MessageFailure): SourceStreamSpec {
    return this.#streams.get(failure)!;
  }
}
