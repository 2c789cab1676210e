import { exactAt, type Message, type MessageBatch, type Path, parsePath, RejectedError } from "@iggy-connectors/sdk";
import { keyColumns, type PostgresSinkConfig } from "../config.ts";
import type { Column } from "../table/column.ts";
import { metadataColumns } from "../table/layout.ts";
import { CHANGE_FIELDS, type Change, changesOf, type Fields, fieldsOf } from "./changes.ts";
import type { Encode, EncodedBatch, NewRows, Run } from "./encoded-batch.ts";
import { ambiguous, FieldNames } from "./field-names.ts";
import { type FieldValue, fieldIn, type ValueOptions, writeField } from "./field-values.ts";
import { metadataWriter } from "./metadata.ts";
import type { RowSet } from "./row-output.ts";

/** Estimated bytes of a row besides its payload. */
const ROW_BYTES = 200;

/** A column that is filled from a field. */
interface FieldColumn {
  readonly column: Column;
  /** Absent: the field of the column's name. */
  readonly path: Path | undefined;
  readonly required: boolean;
  readonly isKey: boolean;
  readonly values: ValueOptions;
}

/** A run that is being made. */
interface OpenRun extends Run {
  readonly columns: string[];
  readonly chosen: readonly number[];
  readonly rows: RowSet;
  readonly indexes: number[];
  readonly deletes: Set<number>;
  readonly signature: string;
}

/**
 * Rows of a column per field. A column with a default takes it where a message lacks the field; all other columns are NULL then, or
 * keep what they have. One run holds them all, whatever its rows lack, unless only the server can fill a default (an identity, a
 * view): such rows are cut where the same of those columns are present.
 * @param deletesReplayed whether dead letters that are delivered again may delete rows.
 */
export function fieldEncoder(
  config: PostgresSinkConfig,
  columns: ReadonlyMap<string, Column>,
  newRows: NewRows,
  deletesReplayed: boolean,
): Encode {
  const reserved = new Set(metadataColumns(config).map(({ name }) => name));
  const metadata = [...reserved].flatMap((name) => columns.get(name) ?? []);
  const fields = fieldColumns(config, columns, reserved);
  const names = new FieldNames(
    new Map(fields.flatMap(({ column, path }, number) => (path === undefined ? [[column.name, number]] : []))),
  );
  const known = new Set(fields.flatMap(({ path }) => (path === undefined ? [] : [String(path.segments[0])])));
  for (const name of config.changes === "events" ? CHANGE_FIELDS : []) known.add(name);
  const keeps = config.insert_mode === "upsert" && config.missing_fields === "keep";
  const splitting = numbersOf(fields, ({ hasDefault, defaultSql }) => hasDefault && defaultSql === undefined);
  const defaulted = numbersOf(fields, ({ hasDefault, defaultSql }) => hasDefault && defaultSql !== undefined);
  const key = keyColumns(config);

  /** `undefined`: not `partial`, and yet some rows lack a column's default that others say. */
  const encode = (batch: MessageBatch, indexes: readonly number[], partial: boolean): EncodedBatch | undefined => {
    const rejected = new Map<bigint, unknown>();
    const runs: OpenRun[] = [];
    const writers = metadata.map((column) => metadataWriter(column.name, column, batch)!);
    const expected = batch.payloadBytes + indexes.length * ROW_BYTES;
    const row = new MessageFields(fields, names, known);
    const isAbsent = (field: number): boolean => row.value(field) === undefined;
    /** Which of the columns with a default the first row lacks. */
    let lacking: readonly boolean[] | undefined;
    let uneven = false;
    let truncates = false;
    let unknownFields = false;

    const runOf = (absent: (field: number) => boolean): OpenRun => {
      let signature = "";
      for (const field of splitting) signature += absent(field) ? "0" : "1";
      const last = runs.at(-1);
      if (last?.signature === signature && !truncates) return last;
      // Where no row lacks a column that others have, the columns that all lack are left out.
      const chosen = fields.flatMap(({ column }, number) => {
        const left = splitting.includes(number) || (!partial && column.hasDefault);
        return left && absent(number) ? [] : [number];
      });
      const list = [...metadata.map(({ name }) => name), ...chosen.map((number) => fields[number]!.column.name)];
      const run = {
        columns: list,
        chosen,
        rows: newRows(list.length, expected, partial),
        indexes: [],
        deletes: new Set<number>(),
        signature,
        truncates,
      };
      truncates = false;
      runs.push(run);
      return run;
    };

    const writeRow = (index: number, message: Message, value: Fields, deletes: boolean): void => {
      row.read(value);
      if (!partial && defaulted.length > 0) {
        lacking ??= defaulted.map(isAbsent);
        for (let place = 0; place < defaulted.length; place++) {
          if (isAbsent(defaulted[place]!) !== lacking[place]) uneven = true;
        }
        if (uneven) return;
      }
      if (row.unknown !== undefined) {
        unknownFields = true;
        if (config.unknown_fields !== "ignore") throw unknown(row.unknown);
        // The metadata alone would be a row of NULLs.
        if (row.matched === 0) throw nothingKnown(row.unknown);
      }
      const run = runOf(isAbsent);
      try {
        for (const write of writers) write(message, run.rows);
        for (const number of run.chosen) {
          const field = fields[number]!;
          const found = row.value(number);
          if (field.required && (!deletes || field.isKey) && (found === undefined || found === null))
            throw missing(field);
          if (deletes && !field.isKey) run.rows.absent();
          else if (found === undefined && (keeps || (partial && field.column.hasDefault))) run.rows.absent();
          else writeField(field.column, found, field.values, run.rows);
        }
      } catch (error) {
        run.rows.discardRow();
        throw error;
      }
      if (deletes) run.deletes.add(run.rows.length);
      run.rows.endRow();
      run.indexes.push(index);
    };

    for (const index of indexes) {
      try {
        const message = batch.at(index);
        const { value } = message;
        if (config.changes === "rows") writeRow(index, message, fieldsOf(value), false);
        else {
          for (const change of changesOf(value, config, key)) {
            if (batch.replay === true) checkReplayed(change, deletesReplayed);
            if (change.kind === "truncate") truncates = true;
            else writeRow(index, message, change.fields, change.kind === "delete");
          }
        }
      } catch (error) {
        if (!(error instanceof RejectedError)) throw error;
        rejected.set(batch.offset(index), error);
      }
      // The rows written so far have the columns of their first one: with others among them, they are made once more.
      if (uneven) return undefined;
    }
    if (truncates) runOf(() => false);
    return { runs, rejected, unknownFields };
  };
  const mayLack = keeps || config.changes === "events";
  return (batch, indexes) => encode(batch, indexes, mayLack) ?? encode(batch, indexes, true)!;
}

/** The fields of one message by the number of the column that each takes. */
class MessageFields {
  readonly #columns: readonly FieldColumn[];
  readonly #names: FieldNames;
  /** Names of fields that paths begin with: they are no unknown ones. */
  readonly #known: ReadonlySet<string>;
  /** Columns that are filled by a path. */
  readonly #byPath: readonly number[];
  readonly #fields: (string | undefined)[];
  readonly #values: FieldValue[];
  /** How many fields have a column. */
  matched = 0;
  /** A field that has none, and is not null. */
  unknown: string | undefined;

  constructor(columns: readonly FieldColumn[], names: FieldNames, known: ReadonlySet<string>) {
    this.#columns = columns;
    this.#names = names;
    this.#known = known;
    this.#byPath = columns.flatMap(({ path }, number) => (path === undefined ? [] : [number]));
    this.#fields = columns.map(() => undefined);
    this.#values = columns.map(() => undefined);
  }

  /** @throws RejectedError when two fields take one column. */
  read(message: Fields): void {
    this.#fields.fill(undefined);
    this.#values.fill(undefined);
    this.matched = 0;
    this.unknown = undefined;
    for (const name in message) {
      if (!Object.hasOwn(message, name)) continue;
      const column = this.#names.column(name);
      if (column >= 0) {
        const other = this.#fields[column];
        if (other !== undefined && !this.#names.isExact(other)) {
          if (!this.#names.isExact(name)) throw ambiguous(this.#columns[column]!.column.name, other, name);
        } else if (other !== undefined) continue;
        this.#fields[column] = name;
        this.#values[column] = fieldIn(message, name);
        this.matched++;
      } else if (this.#known.has(name)) this.matched++;
      else if (message[name] !== null) this.unknown = name;
    }
    for (const number of this.#byPath) this.#values[number] = exactAt(message, this.#columns[number]!.path!);
  }

  value(column: number): FieldValue {
    return this.#values[column];
  }
}

function numbersOf(fields: readonly FieldColumn[], isOne: (column: Column) => boolean): number[] {
  return fields.flatMap(({ column }, number) => (isOne(column) ? [number] : []));
}

function fieldColumns(
  config: PostgresSinkConfig,
  columns: ReadonlyMap<string, Column>,
  reserved: ReadonlySet<string>,
): FieldColumn[] {
  const key = keyColumns(config);
  const { bytes_encoding: encoding, excess_precision: excess } = config;
  const plain = (column: Column): FieldColumn => {
    const isKey = key.includes(column.name);
    return { column, path: undefined, required: isKey, isKey, values: { encoding, excess } };
  };
  if (config.columns === undefined) return [...columns.values()].filter(({ name }) => !reserved.has(name)).map(plain);
  const named = config.columns.map(({ name, path, required, encoding: own }) => ({
    column: columns.get(name) as Column,
    path: path === undefined ? undefined : parsePath(path),
    required: required || key.includes(name),
    isKey: key.includes(name),
    values: { encoding: own ?? encoding, excess },
  }));
  if (config.unknown_fields !== "add") return named;
  // Columns that were added for unknown fields stand beside those that are named.
  const taken = new Set([...reserved, ...named.map(({ column }) => column.name)]);
  const added = [...columns.values()].filter(({ name, hasDefault }) => !taken.has(name) && !hasDefault);
  return [...named, ...added.map(plain)];
}

/** A dead letter comes late: it must not delete what newer messages wrote. */
function checkReplayed({ kind }: Change, deletes: boolean): void {
  if (kind === "write" || (kind === "delete" && deletes)) return;
  const message =
    kind === "truncate"
      ? "the event empties the table, which may have rows of newer messages"
      : "the event deletes a row, and no column of the table tells whether it is one of a newer message";
  throw new RejectedError(message, {
    code: "IGC_SINK_POSTGRES_CHANGE",
    fix: kind === "truncate" ? "delete the rows by hand" : "delete it by hand, or set version",
  });
}

function unknown(name: string): RejectedError {
  // With `add`, a null adds no column; a field that still has no column here cannot have one.
  return new RejectedError(`the field ${JSON.stringify(name.slice(0, 100))} has no column`, {
    code: "IGC_SINK_POSTGRES_UNKNOWN_FIELD",
    place: "unknown_fields",
    fix: 'add the column, or set unknown_fields = "ignore"',
  });
}

function nothingKnown(name: string): RejectedError {
  return new RejectedError(`no field of the message has a column, such as ${JSON.stringify(name.slice(0, 100))}`, {
    code: "IGC_SINK_POSTGRES_UNKNOWN_FIELD",
    fix: "name columns and fields alike, or set columns[].path",
  });
}

function missing({ column, path }: FieldColumn): RejectedError {
  return new RejectedError(`the message has no ${path?.text ?? column.name}, which column ${column.name} requires`, {
    code: "IGC_SINK_POSTGRES_VALUE",
    place: column.name,
    fix: "send it, or set required = false if the column is not part of the key",
  });
}
