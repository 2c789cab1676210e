import type { ConfigIssue } from "../config/issues.ts";
import { ConnectorError, RejectedError } from "../contract/errors.ts";
import type { Schema } from "../contract/message.ts";
import { ObjectEditor } from "./object-editor.ts";
import { FILTERED, type Transform } from "./transform.ts";

/** What happens to a message that a transform fails on; absent: as the connector says. */
export type OnError = "dead_letter" | "skip" | "stop";

/** One enabled entry of a connector's chain. */
export interface TransformStep {
  /** Unique in its chain: the configured name, or the type (with a number where the type repeats). */
  readonly name: string;
  readonly type: string;
  readonly onError: OnError | undefined;
  readonly transform: Transform;
}

/** A message on which a step threw. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
  readonly step: TransformStep;
  readonly error: ConnectorError;

  constructor(step: TransformStep, thrown: unknown) {
    super(`transform ${step.name} failed`, { cause: thrown });
    this.step = step;
    this.error =
      thrown instanceof ConnectorError
        ? thrown
        : new RejectedError(
            `transform ${step.name} failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
            {
              code: "IGC_TRANSFORM_FAILED",
              place: `transform ${step.name}`,
              cause: thrown,
            },
          );
  }
}

/** A connector's compiled chain: applied in order, shared by all its streams. */
export class TransformPlan {
  readonly steps: readonly TransformStep[];
  /** What was strange but did not keep the chain from loading, such as unknown keys. */
  readonly warnings: readonly ConfigIssue[];

  constructor(steps: readonly TransformStep[], warnings: readonly ConfigIssue[] = []) {
    this.steps = steps;
    this.warnings = warnings;
  }

  /** Whether any step looks at payloads of this kind. Where none does, nothing needs to be decoded. */
  concerns(kind: Schema): boolean {
    return this.steps.some(({ transform }) => transform.kinds.includes(kind));
  }

  /**
   * The chain as one pass over JSON bytes; `undefined` when some step needs the decoded value. An editor keeps scratch
   * space, so each pipeline makes its own.
   */
  objectEditor(): ObjectEditor | undefined {
    const edits = this.steps.map(({ transform }) => transform.edits);
    return edits.every((list) => list !== undefined) ? new ObjectEditor(edits.flat()) : undefined;
  }

  /**
   * The value after all steps: the same reference when nothing changed, `FILTERED` when a step left the message out. Throws
   * `StepFailure`.
   */
  apply(value: unknown, kind: Schema): unknown {
    let current = value;
    for (const step of this.steps) {
      if (!step.transform.kinds.includes(kind)) continue;
      try {
        current = step.transform.apply(current);
      } catch (thrown) {
        throw new StepFailure(step, thrown);
      }
      if (current === FILTERED) return FILTERED;
    }
    return current;
  }
}
