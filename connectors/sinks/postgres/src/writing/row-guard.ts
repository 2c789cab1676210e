import type { PostgresSinkConfig } from "../config.ts";
import type { Column } from "../table/column.ts";
import { quoteIdentifier } from "../table/identifiers.ts";
import { metadataColumns } from "../table/layout.ts";

/** Names an expression of the row to be written by its column. */
type NewValue = (column: Column) => string;

/** Tells the rows that a message may replace from those that a newer one wrote. */
export interface RowGuard {
  /** The column that decides, for people. */
  readonly by: string;
  /** Whether the row `t` may be replaced. */
  condition(value: NewValue): string;
  /** What orders rows of one batch with the same key, the newest first. */
  order(value: NewValue): string[];
}

const PLACE = ["iggy_stream", "iggy_topic", "iggy_partition_id"] as const;
const OFFSET = "iggy_offset";
const TIME = "iggy_timestamp";

/**
 * By the column `version`, else by where the message came from that wrote the row: the greater offset of one partition is newer, and
 * between partitions, topics and histories of a topic (whose offsets begin again) the later time of the broker. `undefined`: the
 * table has neither.
 */
export function rowGuard(config: PostgresSinkConfig, columns: ReadonlyMap<string, Column>): RowGuard | undefined {
  const existing = (name: string) => `t.${quoteIdentifier(name)}`;
  if (config.version !== undefined) {
    const column = columns.get(config.version);
    if (column === undefined) return undefined;
    return {
      by: column.name,
      condition: (value) => `(${existing(column.name)} IS NULL OR ${value(column)} >= ${existing(column.name)})`,
      order: (value) => [`${value(column)} DESC NULLS LAST`],
    };
  }
  const written = new Set(metadataColumns(config).map(({ name }) => name));
  const find = (name: string) => (written.has(name) ? columns.get(name) : undefined);
  const place = PLACE.map(find);
  const offset = find(OFFSET);
  const time = find(TIME);
  if (offset === undefined || time === undefined || place.includes(undefined)) return undefined;
  return {
    by: OFFSET,
    condition: (value) => {
      const same = (place as Column[]).map((column) => `${existing(column.name)} = ${value(column)}`).join(" AND ");
      return `(${existing(TIME)} IS NULL OR ${existing(TIME)} < ${value(time)} OR CASE WHEN ${same} THEN ${existing(OFFSET)} <= ${value(offset)} ELSE ${existing(TIME)} <= ${value(time)} END)`;
    },
    order: (value) => [`${value(time)} DESC`, `${value(offset)} DESC`],
  };
}
