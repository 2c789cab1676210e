import type { Schema } from "@iggy-connectors/sdk";
import { ConnectorError, RejectedError } from "@iggy-connectors/sdk";
import { type ConfigIssue, JsonText } from "@iggy-connectors/sdk/internal";
import { ObjectEditor } from "../bytes/object-editor.ts";
import type { Expression } from "../definition/context.ts";
import type { FieldEdit } from "../definition/field-edit.ts";
import { type DerivedMessage, FILTERED, type Transform } from "../definition/transform.ts";
import type { ChainMessage } from "./chain-message.ts";
import { PayloadFault } from "./chain-payload.ts";

/** What happens to a message that fails in a step; absent: the connector's policy applies. */
export type OnError = "dead_letter" | "skip" | "stop";

/** One enabled entry of a connector's chain. */
export interface TransformStep {
  /** Unique in its chain: the configured name, or the type (with a number where the type repeats). */
  readonly name: string;
  readonly type: string;
  /** Its key in the file: `transforms[0]` or `transforms.add_fields`. */
  readonly place: string;
  readonly onError: OnError | undefined;
  /** A message for which it is not true passes unchanged. */
  readonly when?: Expression;
  readonly transform: Transform;
}

/** A step threw while it processed a message. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
  readonly step: TransformStep;
  readonly error: ConnectorError;

  constructor(step: TransformStep, thrown: unknown) {
    super(`transform ${step.name} failed`, { cause: thrown });
    this.step = step;
    const known = thrown instanceof ConnectorError;
    const type = step.name === step.type ? step.type : `${step.type} ${JSON.stringify(step.name)}`;
    const field = known && thrown.place !== undefined ? `, ${thrown.place}` : "";
    const place = `${step.place} (${type})${field}`;
    // Dead letters and log lines contain only the message.
    this.error = new RejectedError(`${place}: ${messageOf(thrown)}`, {
      code: known ? thrown.code : "IGC_TRANSFORM_FAILED",
      place,
      ...(known && thrown.fix !== undefined ? { fix: thrown.fix } : {}),
      cause: thrown,
    });
  }
}

/** An editor of JSON bytes, with the step of each of its edits. */
export interface PlanEditor {
  readonly editor: ObjectEditor;
  readonly steps: readonly TransformStep[];
}

/** Receives the messages that come out of a chain. */
export interface ChainOutput {
  keep(message: ChainMessage): void;
  filtered(step: TransformStep): void;
}

/** A connector's compiled chain: applied in order, shared by all its streams. */
export class TransformPlan {
  readonly steps: readonly TransformStep[];
  /** Problems that do not prevent the chain from running, such as unknown keys. */
  readonly warnings: readonly ConfigIssue[];
  /** Whether every step reads and changes only the value, without conditions. */
  readonly valuesOnly: boolean;
  /** Whether some step takes JSON that is not decoded. */
  readonly takesText: boolean;

  constructor(steps: readonly TransformStep[], warnings: readonly ConfigIssue[] = []) {
    this.steps = steps;
    this.warnings = warnings;
    this.takesText = steps.some(({ transform }) => transform.takesText === true);
    this.valuesOnly = steps.every(({ when, transform }) => when === undefined && transform.apply !== undefined);
  }

  /** Whether any step processes payloads of this kind. If none does, nothing needs to be decoded. */
  concerns(kind: Schema): boolean {
    return this.steps.some(({ transform }) => transform.kinds.includes(kind));
  }

  /** The kind of the results, for messages that no condition excludes from a step. */
  outputKind(kind: Schema): Schema {
    let current = kind;
    for (const { transform } of this.steps) {
      if (transform.kinds.includes(current)) current = transform.outputKind?.(current) ?? current;
    }
    return current;
  }

  /**
   * The chain as one pass over JSON bytes; `undefined` if a step needs the decoded value. An editor has scratch space, so every runner
   * needs its own.
   */
  objectEditor(): PlanEditor | undefined {
    if (!this.valuesOnly) return undefined;
    const edits: FieldEdit[] = [];
    const steps: TransformStep[] = [];
    for (const step of this.steps) {
      if (step.transform.edits === undefined) return undefined;
      for (const edit of step.transform.edits) {
        edits.push(edit);
        steps.push(step);
      }
    }
    return { editor: new ObjectEditor(edits), steps };
  }

  /**
   * The value, or JSON text, after all steps of a chain with `valuesOnly`: the same reference when nothing changed; `FILTERED`, after `output` was told by
   * which step. Throws `StepFailure`.
   */
  applyValue(value: unknown, kind: Schema, output: Pick<ChainOutput, "filtered">): unknown {
    let current = value;
    for (const step of this.steps) {
      const { transform } = step;
      if (transform.apply === undefined || !transform.kinds.includes(kind)) continue;
      const before = current instanceof JsonText && transform.takesText !== true ? current.decode() : current;
      let after: unknown;
      try {
        after = transform.apply(before);
      } catch (thrown) {
        throw new StepFailure(step, thrown);
      }
      if (after === FILTERED) {
        output.filtered(step);
        return FILTERED;
      }
      if (after !== before) current = after;
    }
    return current;
  }

  /** Takes a message through the steps from `from` on; the results go to `output`. Throws `StepFailure`, `PayloadFault`. */
  process(message: ChainMessage, output: ChainOutput, from = 0): void {
    for (let index = from; index < this.steps.length; index++) {
      const step = this.steps[index]!;
      const { transform, when } = step;
      if (!transform.kinds.includes(message.kind)) continue;
      let result: unknown;
      try {
        if (when !== undefined && when(message) !== true) continue;
        if (transform.apply === undefined) {
          result = transform.process(message);
        } else {
          const before = transform.takesText === true ? message.part : message.value;
          const after = transform.apply(before);
          if (after === FILTERED) result = FILTERED;
          else if (after !== before) message.value = after;
        }
      } catch (thrown) {
        throw thrown instanceof PayloadFault ? thrown : new StepFailure(step, thrown);
      }
      if (result === undefined) continue;
      if (result === FILTERED) {
        output.filtered(step);
        return;
      }
      this.#processDerived(message, result as readonly DerivedMessage[], step, output, index + 1);
      return;
    }
    output.keep(message);
  }

  #processDerived(
    message: ChainMessage,
    derived: readonly DerivedMessage[],
    step: TransformStep,
    output: ChainOutput,
    next: number,
  ): void {
    if (derived.length === 0) {
      output.filtered(step);
      return;
    }
    const base = message.save();
    for (const one of derived) {
      message.become(base, one);
      this.process(message, output, next);
    }
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
