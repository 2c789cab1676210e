import type { ConnectorError, Schema } from "@iggy-connectors/sdk";
import type { Codec } from "@iggy-connectors/sdk/internal";
import { OutputPool } from "@iggy-connectors/sdk/internal";
import { EditOutcome } from "../bytes/object-editor.ts";
import { ChainMessage, PayloadFault } from "../chain/chain-message.ts";
import { FILTERED } from "../chain/transform.ts";
import {
  type ChainOutput,
  type PlanEditor,
  StepFailure,
  type TransformPlan,
  type TransformStep,
} from "../chain/transform-plan.ts";
import { wallClock } from "../steps/values/wall-clock.ts";
import { asConnectorError, type MessageFailure } from "./message-failure.ts";
import type { PayloadColumn } from "./payload-column.ts";
import { Rows } from "./rows.ts";

/** What messages are to become. */
export interface ColumnTarget {
  /** Payloads are checked even where nothing decodes them. */
  readonly validate: boolean;
  /**
   * Takes the value of a row whose payload is not the original, or every row's where the originals are of another schema.
   * Throws `ConnectorError` when it cannot be used. Absent: kept as a value.
   */
  readonly accept?: (rows: Rows, row: number, value: unknown, kind: Schema) => void;
  /** Whether the original bytes are of another schema than the result is to be. */
  readonly decodeAll?: boolean;
}

/** How one connector's messages are read and transformed. Built once; scratch space makes it single-threaded. */
export class ColumnTransformer {
  readonly #codec: Codec;
  readonly #plan: TransformPlan;
  readonly #target: ColumnTarget;
  readonly #transforms: boolean;
  readonly #editor: PlanEditor | undefined;
  readonly #memory = new OutputPool();

  constructor(codec: Codec, plan: TransformPlan, target: ColumnTarget) {
    this.#codec = codec;
    this.#plan = plan;
    this.#target = target;
    this.#transforms = plan.concerns(codec.kind) || target.decodeAll === true;
    // The editor works on JSON text: only where the bytes are the JSON of the values.
    this.#editor =
      this.#transforms && codec.schema === "json" && codec.transcodes !== true ? plan.objectEditor() : undefined;
  }

  /** Reads and transforms the messages from `first` on. Invariant 4: every one has rows, or is filtered, or failed. */
  run(column: PayloadColumn, first: number): Rows {
    const rows = new Rows(column, first, this.#memory);
    if (this.#transforms) wallClock.read();
    if (this.#editor !== undefined) this.#edit(rows, this.#editor);
    else if (this.#transforms && this.#plan.valuesOnly) this.#transformValues(rows);
    else if (this.#transforms) new MessageRun(rows, this.#plan, this.#codec, this.#target).run();
    else if (this.#target.validate) this.#check(rows);
    else rows.length = Math.max(0, column.length - first);
    rows.finish();
    return rows;
  }

  #check(rows: Rows): void {
    const { column } = rows;
    for (let index = rows.first; index < column.length; index++) {
      const bytes = column.bytes(index);
      if (bytes !== undefined && !this.#codec.accepts(bytes, column.start(index), column.end(index))) {
        rows.fail(this.#decodeFailure(rows, index, bytes));
      } else {
        rows.add(index);
      }
    }
  }

  #edit(rows: Rows, { editor, steps }: PlanEditor): void {
    const { column } = rows;
    for (let index = rows.first; index < column.length; index++) {
      const bytes = column.bytes(index);
      if (bytes === undefined) {
        this.#transformValue(rows, index, column.value(index));
        continue;
      }
      const changed = rows.changes(editor.addedBytes);
      const start = changed.output.position;
      const outcome = editor.edit(bytes, column.start(index), column.end(index), changed.output);
      if (outcome === EditOutcome.changed) {
        changed.setBytes(rows.add(index), start);
      } else if (outcome === EditOutcome.unchanged) {
        rows.add(index);
      } else if (outcome === EditOutcome.invalid) {
        rows.fail(this.#decodeFailure(rows, index, bytes));
      } else if (outcome === EditOutcome.filtered) {
        rows.filter(steps[editor.filteredBy]!.name);
      } else {
        this.#transformBytes(rows, index, bytes);
      }
    }
  }

  #transformValues(rows: Rows): void {
    const { column } = rows;
    for (let index = rows.first; index < column.length; index++) {
      const bytes = column.bytes(index);
      if (bytes === undefined) this.#transformValue(rows, index, column.value(index));
      else this.#transformBytes(rows, index, bytes);
    }
  }

  #transformBytes(rows: Rows, index: number, bytes: Buffer): void {
    let value: unknown;
    try {
      value = this.#codec.decode(bytes, rows.column.start(index), rows.column.end(index));
    } catch (error) {
      rows.fail({ index, stage: "decode", error: asConnectorError(error), attempts: 1 });
      return;
    }
    this.#transformValue(rows, index, value);
  }

  #transformValue(rows: Rows, index: number, value: unknown): void {
    const { accept, decodeAll } = this.#target;
    const kind = this.#codec.kindOf?.(value) ?? this.#codec.kind;
    let result: unknown;
    try {
      result = this.#plan.applyValue(value, kind, { filtered: (step) => rows.filter(step.name) });
    } catch (failure) {
      rows.fail(stepFailure(index, failure));
      return;
    }
    if (result === FILTERED) return;
    const row = rows.add(index);
    if (result === value && decodeAll !== true) return;
    if (accept === undefined) rows.changes(0).setValue(row, result);
    else acceptRow(rows, row, index, () => accept(rows, row, result, kind));
  }

  /** Decodes what was found to be wrong, for the error that says why. */
  #decodeFailure(rows: Rows, index: number, bytes: Buffer): MessageFailure<ConnectorError> {
    let error: ConnectorError | undefined;
    try {
      this.#codec.decode(bytes, rows.column.start(index), rows.column.end(index));
    } catch (thrown) {
      error = asConnectorError(thrown);
    }
    if (error === undefined) throw new Error(`the ${this.#codec.schema} codec decodes what it does not accept`);
    return { index, stage: "decode", error, attempts: 1 };
  }
}

/** A chain that looks at more than values, over one column. */
class MessageRun implements ChainOutput {
  readonly #rows: Rows;
  readonly #plan: TransformPlan;
  readonly #codec: Codec;
  readonly #target: ColumnTarget;
  readonly #message: ChainMessage;
  /** The step that left out the last part of the present message. */
  #filteredBy: TransformStep | undefined;

  constructor(rows: Rows, plan: TransformPlan, codec: Codec, target: ColumnTarget) {
    this.#rows = rows;
    this.#plan = plan;
    this.#codec = codec;
    this.#target = target;
    this.#message = new ChainMessage(rows.column, codec);
  }

  run(): void {
    const { column, first } = this.#rows;
    for (let index = first; index < column.length; index++) this.#one(index);
  }

  keep(message: ChainMessage): void {
    const rows = this.#rows;
    const { accept, decodeAll, validate } = this.#target;
    const row = rows.add(message.index);
    if (message.untouched && decodeAll !== true) {
      if (validate) message.check();
    } else {
      const { value, kind } = message;
      if (accept === undefined) rows.changes(0).setValue(row, value);
      else accept(rows, row, value, kind);
      if (kind !== this.#codec.kind) rows.setKind(row, kind);
    }
    if (!message.touched) return;
    rows.setExtras(row, { headers: message.changedHeaders, target: message.target, key: message.key });
  }

  filtered(step: TransformStep): void {
    this.#filteredBy = step;
  }

  #lastFilter(): string {
    return this.#filteredBy?.name ?? "";
  }

  #one(index: number): void {
    const rows = this.#rows;
    const before = rows.length;
    this.#filteredBy = undefined;
    try {
      this.#message.begin(index);
      this.#plan.process(this.#message, this);
    } catch (failure) {
      // One part of a message that fails takes the others with it: the original is one message with one end.
      rows.truncate(before);
      rows.fail(failureOf(index, failure));
      return;
    }
    const made = rows.length - before;
    if (made > 1) rows.derived = true;
    if (made === 0) rows.filter(this.#lastFilter());
  }
}

function acceptRow(rows: Rows, row: number, index: number, accept: () => void): void {
  try {
    accept();
  } catch (error) {
    rows.truncate(row);
    rows.fail(encodeFailure(index, error));
  }
}

function failureOf(index: number, failure: unknown): MessageFailure<ConnectorError> {
  if (failure instanceof PayloadFault)
    return { index, stage: "decode", error: asConnectorError(failure.cause), attempts: 1 };
  return failure instanceof StepFailure ? stepFailure(index, failure) : encodeFailure(index, failure);
}

function encodeFailure(index: number, error: unknown): MessageFailure<ConnectorError> {
  return { index, stage: "encode", error: asConnectorError(error), attempts: 1 };
}

function stepFailure(index: number, failure: unknown): MessageFailure<ConnectorError> {
  if (!(failure instanceof StepFailure)) throw failure;
  const { name, onError } = failure.step;
  const base = { index, stage: "transform", transform: name, error: failure.error, attempts: 1 } as const;
  return onError === undefined ? base : { ...base, onError };
}
