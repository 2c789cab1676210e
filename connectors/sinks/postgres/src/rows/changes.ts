import { type JsonValue, RejectedError } from "@iggy-connectors/sdk";
import type { PostgresSinkConfig } from "../config.ts";

export type Fields = Readonly<Record<string, JsonValue>>;

/** What a message does to the table. */
export type Change =
  | { readonly kind: "write"; readonly fields: Fields }
  | { readonly kind: "delete"; readonly fields: Fields }
  | { readonly kind: "truncate" };

/** What a change stream adds to a row, by Debezium's names; they are no columns. */
const DELETED = "__deleted";
const OPERATION = "__op";
export const CHANGE_FIELDS: readonly string[] = [DELETED, OPERATION];

/**
 * The changes of one message of a change stream: an envelope with `op`, `before` and `after`, which may be nested under `payload`; a
 * row that `__deleted` or `__op` marks; or any other row, which is written. An event that says nothing about rows has none.
 * @throws RejectedError for what is none of them.
 */
export function changesOf(
  value: unknown,
  config: Pick<PostgresSinkConfig, "truncates">,
  key: readonly string[],
): Change[] {
  // A tombstone follows the deletion that it stands for.
  if (value === null) return [];
  const row = fieldsOf(value);
  const nested = row.payload;
  const event = isFields(nested) && typeof nested.op === "string" ? nested : row;
  if (typeof event.op === "string" && ("before" in event || "after" in event || event.op === "t" || event.op === "m")) {
    return envelope(event, config, key);
  }
  const operation = row[OPERATION];
  if (row[DELETED] === true || row[DELETED] === "true" || operation === "d") return [{ kind: "delete", fields: row }];
  return operation === "t" ? truncation(config) : [{ kind: "write", fields: row }];
}

/** The message as an object. @throws RejectedError when it is not one. */
export function fieldsOf(value: unknown): Fields {
  if (isFields(value)) return value;
  throw new RejectedError('the message is not a JSON object, which layout = "columns" requires', {
    code: "IGC_SINK_POSTGRES_PAYLOAD",
    fix: 'set layout = "payload", or convert it to an object with a transform',
  });
}

function envelope(event: Fields, config: Pick<PostgresSinkConfig, "truncates">, key: readonly string[]): Change[] {
  const { op, before, after } = event;
  switch (op) {
    case "c":
    case "r":
      if (isFields(after)) return [{ kind: "write", fields: after }];
      throw incomplete(op, "after");
    case "u": {
      if (!isFields(after)) throw incomplete(op, "after");
      const moved = isFields(before) && key.some((name) => name in before && before[name] !== after[name]);
      return moved
        ? [
            { kind: "delete", fields: { ...after, ...before } },
            { kind: "write", fields: after },
          ]
        : [{ kind: "write", fields: after }];
    }
    case "d":
      if (isFields(before)) return [{ kind: "delete", fields: before }];
      throw incomplete(op, "before");
    case "t":
      return truncation(config);
    case "m":
      return [];
    default:
      throw new RejectedError(`op of the change event is ${JSON.stringify(op).slice(0, 50)}`, {
        code: "IGC_SINK_POSTGRES_CHANGE",
        fix: "op must be c, r, u, d, t or m",
      });
  }
}

function truncation({ truncates }: Pick<PostgresSinkConfig, "truncates">): Change[] {
  if (truncates === "ignore") return [];
  if (truncates === "apply") return [{ kind: "truncate" }];
  throw new RejectedError("the event empties the table", {
    code: "IGC_SINK_POSTGRES_CHANGE",
    place: "truncates",
    fix: 'set truncates = "apply" or "ignore"',
  });
}

function incomplete(op: string, missing: string): RejectedError {
  return new RejectedError(`the change event with op = "${op}" has no row ${missing} the change`, {
    code: "IGC_SINK_POSTGRES_CHANGE",
    fix: `let the origin send it; PostgreSQL sends the row before a change with REPLICA IDENTITY FULL, its key with DEFAULT`,
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
