import { type JsonValue, type MessageBatch, type Path, parsePath, RejectedError, valueAt } from "@iggy-connectors/sdk";
import { keyColumns, type PostgresSinkConfig } from "../config.ts";
import type { Column } from "../table/column.ts";
import { metadataColumns } from "../table/layout.ts";
import type { Encode, NewRows, Run } from "./encoded-batch.ts";
import { writeField } from "./field-values.ts";
import { metadataWriter } from "./metadata.ts";
import type { RowSet } from "./row-output.ts";

type Fields = Readonly<Record<string, JsonValue>>;

/** Estimated bytes of a row besides its payload. */
const ROW_BYTES = 200;

/** A column that is filled from a field. */
interface FieldColumn {
  readonly column: Column;
  /** Absent: the field of the column's name. */
  readonly path: Path | undefined;
  readonly required: boolean;
}

/**
 * Rows of a column per field. Columns with a default take it where a message lacks the field, so rows are cut into runs
 * in which the same of those are present; all other columns are NULL then.
 */
export function fieldEncoder(
  config: PostgresSinkConfig,
  columns: ReadonlyMap<string, Column>,
  newRows: NewRows,
): Encode {
  const reserved = new Set(metadataColumns(config).map(({ name }) => name));
  const metadata = [...reserved].flatMap((name) => columns.get(name) ?? []);
  const fields = fieldColumns(config, columns, reserved);
  const known = new Set(fields.map(({ column, path }) => (path === undefined ? column.name : firstName(path))));
  const defaulted = fields.filter(({ column }) => column.hasDefault);

  return (batch, indexes) => {
    const rejected = new Map<bigint, unknown>();
    const runs: { columns: string[]; chosen: FieldColumn[]; rows: RowSet; indexes: number[]; signature: string }[] = [];
    const writers = metadata.map((column) => metadataWriter(column.name, column, batch)!);
    const expected = batch.payloadBytes + indexes.length * ROW_BYTES;
    for (const index of indexes) {
      let run = runs.at(-1);
      try {
        const value = fieldsOf(batch, index);
        if (config.unknown_fields !== "ignore") refuseUnknown(value, known);
        let signature = "";
        for (const field of defaulted) signature += fieldValue(field, value) === undefined ? "0" : "1";
        if (run?.signature !== signature) {
          const chosen = fields.filter((field) => !field.column.hasDefault || fieldValue(field, value) !== undefined);
          const names = [...metadata, ...chosen.map(({ column }) => column)].map(({ name }) => name);
          run = { columns: names, chosen, rows: newRows(names.length, expected), indexes: [], signature };
          runs.push(run);
        }
        const message = batch.at(index);
        for (const write of writers) write(message, run.rows);
        for (const field of run.chosen) {
          const found = fieldValue(field, value);
          if (field.required && (found === undefined || found === null)) throw missing(field);
          writeField(field.column, found, run.rows);
        }
        run.rows.endRow();
        run.indexes.push(index);
      } catch (error) {
        if (!(error instanceof RejectedError)) throw error;
        run?.rows.discardRow();
        rejected.set(batch.offset(index), error);
      }
    }
    return { runs: runs satisfies readonly Run[], rejected };
  };
}

function fieldColumns(
  config: PostgresSinkConfig,
  columns: ReadonlyMap<string, Column>,
  reserved: ReadonlySet<string>,
): FieldColumn[] {
  const key = keyColumns(config);
  if (config.columns === undefined) {
    return [...columns.values()]
      .filter(({ name }) => !reserved.has(name))
      .map((column) => ({ column, path: undefined, required: key.includes(column.name) }));
  }
  const named = config.columns.map(({ name, path, required }) => ({
    column: columns.get(name) as Column,
    path: path === undefined ? undefined : parsePath(path),
    required: required || key.includes(name),
  }));
  if (config.unknown_fields !== "add") return named;
  // Columns that were added for unknown fields stand beside those that are named.
  const taken = new Set([...reserved, ...named.map(({ column }) => column.name)]);
  const added = [...columns.values()].filter(({ name, hasDefault }) => !taken.has(name) && !hasDefault);
  return [...named, ...added.map((column) => ({ column, path: undefined, required: false }))];
}

/** The message as an object. @throws RejectedError when it is not one. */
export function fieldsOf(batch: MessageBatch, index: number): Fields {
  const value = batch.at(index).value;
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)) {
    return value as Fields;
  }
  throw new RejectedError('the message is not a JSON object, which layout = "columns" requires', {
    code: "IGC_SINK_POSTGRES_PAYLOAD",
    fix: 'set layout = "payload", or convert it to an object with a transform',
  });
}

function fieldValue({ column, path }: FieldColumn, fields: Fields): JsonValue | undefined {
  if (path !== undefined) return valueAt(fields, path);
  return Object.hasOwn(fields, column.name) ? fields[column.name] : undefined;
}

function refuseUnknown(fields: Fields, known: ReadonlySet<string>): void {
  for (const name in fields) {
    if (known.has(name) || !Object.hasOwn(fields, name)) continue;
    // With `add` a null is no reason for a column, and whatever else has no column now can have none.
    if (fields[name] === null) continue;
    throw new RejectedError(`the field ${JSON.stringify(name.slice(0, 100))} has no column`, {
      code: "IGC_SINK_POSTGRES_UNKNOWN_FIELD",
      place: "unknown_fields",
      fix: 'add the column, or set unknown_fields = "ignore"',
    });
  }
}

function missing({ column, path }: FieldColumn): RejectedError {
  return new RejectedError(`the message has no ${path?.text ?? column.name}, which column ${column.name} requires`, {
    code: "IGC_SINK_POSTGRES_VALUE",
    place: column.name,
    fix: "send it, or set required = false if the column is not part of the key",
  });
}

function firstName(path: Path): string {
  return String(path.segments[0]);
}
