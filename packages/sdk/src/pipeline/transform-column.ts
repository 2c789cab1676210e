import { ChangedPayloads } from "../batch/changed-payloads.ts";
import type { Codec } from "../codecs/codec.ts";
import type { ConnectorError } from "../contract/errors.ts";
import { EditOutcome, type ObjectEditor } from "../transforms/object-editor.ts";
import { StepFailure, type TransformPlan } from "../transforms/plan.ts";
import { FILTERED } from "../transforms/transform.ts";
import type { PayloadColumn } from "./payload-column.ts";
import { asConnectorError, type PlanFailure } from "./plan-failure.ts";
import { Selection } from "./selection.ts";

/** What became of a column's messages; every message from the first on is in exactly one of them. */
export interface ColumnOutcome {
  /** Indexes of the messages that go on; absent: all of them. */
  readonly selection: Uint32Array | undefined;
  readonly filtered: number;
  readonly failed: readonly PlanFailure[];
  /** Those that go on with another payload. */
  readonly changed: ChangedPayloads | undefined;
}

/** How one connector's messages are read and transformed. Built once; scratch space makes it single-threaded. */
export class ColumnTransformer {
  readonly #codec: Codec;
  readonly #plan: TransformPlan;
  readonly #validate: boolean;
  readonly #transforms: boolean;
  readonly #editor: ObjectEditor | undefined;

  /** `validate`: payloads are checked even where nothing decodes them. */
  constructor(codec: Codec, plan: TransformPlan, validate: boolean) {
    this.#codec = codec;
    this.#plan = plan;
    this.#validate = validate;
    this.#transforms = plan.concerns(codec.kind);
    // The editor works on JSON text: only where the bytes are the JSON of the values.
    this.#editor = this.#transforms && codec.schema === "json" ? plan.objectEditor() : undefined;
  }

  /** Reads and transforms the messages from `first` on. */
  run(column: PayloadColumn, first: number): ColumnOutcome {
    const run = new ColumnRun(column, first);
    if (this.#editor !== undefined) this.#edit(run, this.#editor);
    else if (this.#transforms) this.#transform(run);
    else if (this.#validate) this.#check(run);
    return { selection: run.selection.indexes, filtered: run.filtered, failed: run.failed, changed: run.changed };
  }

  #check(run: ColumnRun): void {
    const { column } = run;
    for (let index = run.first; index < column.length; index++) {
      const bytes = column.bytes(index);
      if (bytes !== undefined && !this.#codec.accepts(bytes, column.start(index), column.end(index))) {
        this.#failDecode(run, index, bytes);
      } else {
        run.selection.keep(index);
      }
    }
  }

  #edit(run: ColumnRun, editor: ObjectEditor): void {
    const { column } = run;
    for (let index = run.first; index < column.length; index++) {
      const bytes = column.bytes(index);
      if (bytes === undefined) {
        this.#transformValue(run, index, column.value(index));
        continue;
      }
      const changed = run.changes(editor.addedBytes);
      const start = changed.output.position;
      const outcome = editor.edit(bytes, column.start(index), column.end(index), changed.output);
      if (outcome === EditOutcome.invalid) {
        this.#failDecode(run, index, bytes);
      } else if (outcome === EditOutcome.undecided) {
        this.#transformBytes(run, index, bytes);
      } else {
        if (outcome === EditOutcome.changed) changed.setBytes(index, start);
        run.selection.keep(index);
      }
    }
  }

  #transform(run: ColumnRun): void {
    const { column } = run;
    for (let index = run.first; index < column.length; index++) {
      const bytes = column.bytes(index);
      if (bytes === undefined) this.#transformValue(run, index, column.value(index));
      else this.#transformBytes(run, index, bytes);
    }
  }

  #transformBytes(run: ColumnRun, index: number, bytes: Buffer): void {
    let value: unknown;
    try {
      value = this.#codec.decode(bytes, run.column.start(index), run.column.end(index));
    } catch (error) {
      run.fail({ index, stage: "decode", error: asConnectorError(error) });
      return;
    }
    this.#transformValue(run, index, value);
  }

  #transformValue(run: ColumnRun, index: number, value: unknown): void {
    let result: unknown;
    try {
      result = this.#plan.apply(value, this.#codec.kind);
    } catch (failure) {
      run.fail(stepFailure(index, failure));
      return;
    }
    if (result === FILTERED) {
      run.filter(index);
      return;
    }
    if (result !== value) run.changes(0).setValue(index, result);
    run.selection.keep(index);
  }

  #failDecode(run: ColumnRun, index: number, bytes: Buffer): void {
    run.fail({
      index,
      stage: "decode",
      error: this.#decodeError(bytes, run.column.start(index), run.column.end(index)),
    });
  }

  /** Decodes what was found to be wrong, for the error that says why. */
  #decodeError(bytes: Buffer, start: number, end: number): ConnectorError {
    try {
      this.#codec.decode(bytes, start, end);
    } catch (error) {
      return asConnectorError(error);
    }
    throw new Error(`the ${this.#codec.schema} codec decodes what it does not accept`);
  }
}

function stepFailure(index: number, failure: unknown): PlanFailure {
  if (!(failure instanceof StepFailure)) throw failure;
  const { name, onError } = failure.step;
  const base = { index, stage: "transform", transform: name, error: failure.error } as const;
  return onError === undefined ? base : { ...base, onError };
}

/** What one run gathers. */
class ColumnRun {
  readonly column: PayloadColumn;
  readonly first: number;
  readonly selection: Selection;
  readonly failed: PlanFailure[] = [];
  filtered = 0;
  changed: ChangedPayloads | undefined;

  constructor(column: PayloadColumn, first: number) {
    this.column = column;
    this.first = first;
    this.selection = new Selection(first, column.length);
  }

  /** Where changed payloads go; `addedBytes` is the most that one grows, so that the buffer never has to. */
  changes(addedBytes: number): ChangedPayloads {
    this.changed ??= new ChangedPayloads(this.column.length, addedBytes === 0 ? 0 : this.#sizeWith(addedBytes));
    return this.changed;
  }

  fail(failure: PlanFailure): void {
    this.failed.push(failure);
    this.selection.drop(failure.index);
  }

  filter(index: number): void {
    this.filtered++;
    this.selection.drop(index);
  }

  #sizeWith(addedBytes: number): number {
    let size = 0;
    for (let index = this.first; index < this.column.length; index++) {
      size += this.column.end(index) - this.column.start(index) + addedBytes;
    }
    return size;
  }
}
