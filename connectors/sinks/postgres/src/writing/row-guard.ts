import type { PostgresSinkConfig } from "../config.ts";
import type { Column } from "../table/column.ts";
import { quoteIdentifier } from "../table/identifiers.ts";
import { metadataColumns } from "../table/layout.ts";

/** Names an expression of the row to be written by its column. */
type NewValue = (column: Column) => string;

/** Tells the rows that a message may replace from those that a newer one wrote. */
export interface RowGuard {
  /** Whether the row `t` may be replaced. */
  condition(value: NewValue): string;
  /** What orders rows of one batch with the same key, the newest first, before their order in the batch does. */
  order(value: NewValue): string[];
}

/** The columns of stream, topic, partition and offset. */
type Place = readonly [stream: Column, topic: Column, partition: Column, offset: Column];

const PLACE = ["iggy_stream", "iggy_topic", "iggy_partition_id", "iggy_offset"] as const;
const TIME = "iggy_timestamp";

/**
 * By the column `version`, else by where the message came from that wrote the row.
 *
 * | batch    | row of the same partition                              | row of another one |
 * | -------- | ------------------------------------------------------ | ------------------ |
 * | consumed | the greater offset is newer; the later time, too       | the later time     |
 * | replayed | the later time; of one time, the greater offset        | the later time     |
 *
 * Offsets begin again with a topic that is created again, which a later time tells; a broker's clock may go back, so that a greater
 * offset may have an earlier time. What is consumed comes after everything that was consumed before, and loses to neither. A replayed
 * dead letter may be of a former history, of which its offset says nothing: it has to prove by its time that it is newer.
 *
 * `undefined`: the table has no column that tells.
 */
export function rowGuard(
  config: PostgresSinkConfig,
  columns: ReadonlyMap<string, Column>,
  replayed: boolean,
): RowGuard | undefined {
  if (config.version !== undefined) {
    const column = columns.get(config.version);
    return column === undefined ? undefined : versionGuard(column);
  }
  const written = new Set(metadataColumns(config).map(({ name }) => name));
  const find = (name: string) => (written.has(name) ? columns.get(name) : undefined);
  const time = find(TIME);
  if (time === undefined) return undefined;
  const columnsOfPlace = PLACE.map(find);
  const place = columnsOfPlace.includes(undefined) ? undefined : (columnsOfPlace as unknown as Place);
  if (replayed) return replayedGuard(time, place);
  return place === undefined ? undefined : consumedGuard(time, place);
}

function versionGuard(column: Column): RowGuard {
  const existing = existingValue(column);
  return {
    condition: (value) => `(${existing} IS NULL OR ${value(column)} >= ${existing})`,
    order: (value) => [`${value(column)} DESC NULLS LAST`],
  };
}

function consumedGuard(time: Column, place: Place): RowGuard {
  const existing = existingValue(time);
  return {
    condition: (value) =>
      `(${existing} IS NULL OR ${existing} < ${value(time)} OR CASE WHEN ${isSamePartition(place, value)} THEN ${isOffsetReached(place, value)} ELSE ${existing} <= ${value(time)} END)`,
    order: () => [],
  };
}

/** @param place `undefined`: the table does not have all of it, so that of two messages of one time neither is newer. */
function replayedGuard(time: Column, place: Place | undefined): RowGuard {
  const existing = existingValue(time);
  return {
    condition: (value) => {
      const sameTime = `${existing} = ${value(time)}`;
      const notNewer =
        place !== undefined ? `${isSamePartition(place, value)} AND ${isOffsetReached(place, value)}` : "false";
      return `(${existing} IS NULL OR ${existing} < ${value(time)} OR (${sameTime} AND ${notNewer}))`;
    },
    order: () => [],
  };
}

function isSamePartition([stream, topic, partition]: Place, value: NewValue): string {
  return [stream, topic, partition].map((column) => `${existingValue(column)} = ${value(column)}`).join(" AND ");
}

function isOffsetReached([, , , offset]: Place, value: NewValue): string {
  return `${existingValue(offset)} <= ${value(offset)}`;
}

function existingValue({ name }: Column): string {
  return `t.${quoteIdentifier(name)}`;
}
