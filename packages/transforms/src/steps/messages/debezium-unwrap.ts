import type { HeaderValue, JsonValue } from "@iggy-connectors/sdk";
import { parsePath, path, valueAt } from "@iggy-connectors/sdk";
import { isJsonObject, type JsonObject, setMember } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform, FILTERED } from "../../definition/transform.ts";
import { headerText, withHeaders } from "../../values/headers.ts";

const PREFIX = "__";

/** `debezium_unwrap`: a change event becomes its row. */
export const debeziumUnwrap = defineTransform({
  type: "debezium_unwrap",
  description:
    "Replaces a Debezium change event by the row after the change. The event may be nested under payload, beside its schema. A message that is not a change event passes unchanged.",
  settings: z.object({
    deletes: z
      .enum(["drop", "rewrite", "tombstone"])
      .default("drop")
      .describe(
        "The result for a deleted row: drop filters the message, rewrite gives the row before the change with __deleted = true, tombstone gives null",
      ),
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
  ],
  create({ deletes, add_fields: addFields, add_headers: addHeaders }) {
    const fields = addFields.map(named);
    const headers = addHeaders.map(named);
    return {
      kinds: ["json"],
      process(message) {
        const event = eventOf(message.value);
        if (event === undefined) return undefined;
        const deleted = event.op === "d";
        if (deleted && deletes === "drop") return FILTERED;
        const found = headers.flatMap(({ name, path: place }): [string, HeaderValue][] => {
          const value = valueAt(event, place);
          return value === undefined || value === null ? [] : [[name, headerText(name, value)]];
        });
        if (found.length > 0) message.headers = withHeaders(message.headers, found);
        const row = deleted ? (deletes === "rewrite" ? event.before : null) : event.after;
        message.value = isJsonObject(row) ? extended(row, event, fields, deleted) : (row ?? null);
        return undefined;
      },
    };
  },
});

function named(text: string): { name: string; path: ReturnType<typeof parsePath> } {
  const parsed = parsePath(text);
  return { name: PREFIX + parsed.segments.map(String).join("_"), path: parsed };
}

/** A change event has an operation and a row before or after the change. */
function eventOf(value: unknown): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const event = isJsonObject(value.payload) && "op" in value.payload ? value.payload : value;
  return typeof event.op === "string" && ("after" in event || "before" in event) ? event : undefined;
}

function extended(
  row: JsonObject,
  event: JsonObject,
  fields: readonly ReturnType<typeof named>[],
  deleted: boolean,
): JsonValue {
  const result = { ...row };
  if (deleted) setMember(result, `${PREFIX}deleted`, true);
  for (const { name, path: place } of fields) {
    const value = valueAt(event, place);
    if (value !== undefined) setMember(result, name, value);
  }
  return result;
}
