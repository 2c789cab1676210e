import type { HeaderValue } from "@iggy-connectors/sdk";
import { exactAt, parsePath, path, RejectedError } from "@iggy-connectors/sdk";
import {
  exactValue,
  hasMember,
  isObjectPart,
  type JsonObject,
  type JsonPart,
  JsonText,
  keyPath,
  memberOf,
  type ObjectText,
  partAt,
  plainValue,
  typeName,
} from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform, FILTERED, type StepResult } from "../../definition/transform.ts";
import { conflictSetting, type OnConflict } from "../../settings/conflict-setting.ts";
import { placeAt, placeHeaders } from "../../values/conflicts.ts";
import { headerText } from "../../values/headers.ts";

const PREFIX = "__";

const policySetting = (fallback: "drop" | "fail" | "pass", what: string) =>
  z
    .enum(["drop", "fail", "pass"])
    .default(fallback)
    .describe(`${what}: drop filters the message, fail fails it, pass hands it on unchanged`);

/** `debezium_unwrap`: a change event becomes its row. */
export const debeziumUnwrap = defineTransform({
  type: "debezium_unwrap",
  description:
    "Replaces a Debezium change event by the row after the change. The event may be nested under payload, beside its schema. An event that has no row is never passed on as null: what becomes of it is set for each kind.",
  notes: [
    "Operations: `c`, `u` and `r` (created, updated, read by a snapshot) give the row `after`, `d` what `deletes` says, `t` what `truncates` says, `m` what `messages` says. An event of another operation, or without the row that it must have, fails: for example a deletion with `deletes = rewrite` of a table whose REPLICA IDENTITY does not tell the row before, or an event of MongoDB, whose rows are strings.",
    "Debezium sends events of `t` only where its `skipped.operations` does not name them, and sends a tombstone after each deletion unless `tombstones.on.delete` is false.",
  ],
  settings: z.object({
    deletes: z
      .enum(["drop", "rewrite", "tombstone"])
      .default("drop")
      .describe(
        "The result for a deleted row: drop filters the message, rewrite gives the row before the change with __deleted = true, tombstone gives null",
      ),
    truncates: policySetting("fail", "Events of a table that was truncated, which have no row"),
    messages: policySetting("fail", "Logical decoding messages (pg_logical_emit_message), which have no row"),
    tombstones: policySetting("drop", "Messages that are null, which follow deletions"),
    others: policySetting("pass", "Messages that are not change events, such as heartbeats and transaction markers"),
    add_fields: z
      .array(path("Path within the event", "source.table"))
      .default([])
      .describe("Values of the event that become fields of the row, named __ and the path with _ instead of dots")
      .meta({ example: ["op", "source.table"] }),
    add_headers: z
      .array(path("Path within the event", "source.lsn"))
      .default([])
      .describe("Values of the event that become headers, named the same way")
      .meta({ example: ["source.lsn"] }),
    on_conflict: conflictSetting("fail", "If the row has a field, or the message a header, that is to be added"),
  }),
  examples: [
    {
      title: "An update",
      settings: { add_fields: ["op", "source.table"] },
      input: { json: { op: "u", before: { id: 1, v: 1 }, after: { id: 1, v: 2 }, source: { table: "t" }, ts_ms: 1 } },
      output: [{ json: { id: 1, v: 2, __op: "u", __source_table: "t" } }],
    },
    {
      title: "A deletion, kept as a row",
      settings: { deletes: "rewrite" },
      input: { json: { op: "d", before: { id: 1 }, after: null, source: { table: "t" }, ts_ms: 1 } },
      output: [{ json: { id: 1, __deleted: true } }],
    },
    {
      title: "A truncated table",
      settings: {},
      input: { json: { op: "t", before: null, after: null, source: { table: "t" }, ts_ms: 1 } },
      output: { error: "IGC_TRANSFORM_CHANGE_EVENT" },
    },
  ],
  create(settings, { invalid }) {
    const fields = settings.add_fields.map(named);
    const headers = settings.add_headers.map(named);
    for (const [key, list] of Object.entries({ add_fields: fields, add_headers: headers })) {
      const twice = list.find(({ name }, index) => list.findIndex((other) => other.name === name) < index);
      if (twice !== undefined) throw invalid(key, `two values would be named ${twice.name}`);
    }
    const { deletes, on_conflict: onConflict } = settings;
    return {
      kinds: ["json"],
      process(message) {
        const { part } = message;
        if (isTombstone(part)) return byPolicy(settings.tombstones, "a tombstone");
        const event = eventOf(part);
        if (event === undefined) return byPolicy(settings.others, "not a change event");
        const op = operationOf(event);
        if (op === "t") return byPolicy(settings.truncates, "the truncation of a table");
        if (op === "m") return byPolicy(settings.messages, "a logical decoding message");
        if (op === "d" && deletes === "drop") return FILTERED;
        const row = op === "d" && deletes === "tombstone" ? null : extended(event, fields, onConflict);
        const found = headers.flatMap(({ name, path: place }): [string, HeaderValue, string][] => {
          const value = exactAt(event, place);
          return value === undefined || value === null ? [] : [[name, headerText(name, value), place.text]];
        });
        if (found.length > 0) message.headers = placeHeaders(new Map(message.headers), found, onConflict);
        message.value = row;
        return undefined;
      },
    };
  },
});

function byPolicy(policy: "drop" | "fail" | "pass", what: string): StepResult {
  if (policy === "fail") throw failure(`the message is ${what}`);
  return policy === "drop" ? FILTERED : undefined;
}

function failure(message: string): RejectedError {
  return new RejectedError(message, { code: "IGC_TRANSFORM_CHANGE_EVENT", place: "(payload)" });
}

function named(text: string): { name: string; path: ReturnType<typeof parsePath> } {
  const parsed = parsePath(text);
  return { name: PREFIX + parsed.segments.map(String).join("_"), path: parsed };
}

function isTombstone(part: unknown): boolean {
  if (!isObjectPart(part)) return part === null || (part instanceof JsonText && part.decode() === null);
  return hasMember(part, "schema") && isNull(memberOf(part, "payload"));
}

function isNull(part: JsonPart | undefined): boolean {
  return part !== undefined && exactValue(part) === null;
}

/** A change event has an operation and, but for logical decoding messages, a row before or after the change, be it null. */
function eventOf(part: unknown): Event | undefined {
  if (!isObjectPart(part)) return undefined;
  const payload = memberOf(part, "payload");
  const event = isObjectPart(payload) && hasMember(payload, "op") ? payload : part;
  const op = operationOf(event);
  if (op === undefined) return undefined;
  const hasRows = hasMember(event, "after") || hasMember(event, "before");
  const hasOrigin = isObjectPart(memberOf(event, "source")) && (op === "t" || op === "m");
  return hasRows || hasOrigin ? event : undefined;
}

type Event = JsonObject | ObjectText;

function operationOf(event: Event): string | undefined {
  const part = memberOf(event, "op");
  const op = part === undefined ? undefined : plainValue(part);
  return typeof op === "string" ? op : undefined;
}

/** The row of a change, with the fields that are added to it. */
function extended(event: Event, fields: readonly ReturnType<typeof named>[], onConflict: OnConflict): JsonPart {
  const op = operationOf(event);
  const member = op === "d" ? "before" : "after";
  if (op !== "c" && op !== "u" && op !== "r" && op !== "d")
    throw failure(`the operation ${JSON.stringify(op)} is unknown`);
  const row = memberOf(event, member);
  if (!isObjectPart(row)) {
    throw failure(`a change event with operation ${op} has no row: ${member} is ${typeName(row)}`);
  }
  let result: JsonPart = row;
  if (op === "d") result = placeAt(result, keyPath(`${PREFIX}deleted`), true, onConflict, "the mark of the deletion");
  for (const { name, path: place } of fields) {
    const value = partAt(event, place);
    if (value !== undefined) result = placeAt(result, keyPath(name), value, onConflict, place.text);
  }
  return result;
}
