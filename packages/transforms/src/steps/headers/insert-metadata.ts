import type { JsonValue } from "@iggy-connectors/sdk";
import { parsePath } from "@iggy-connectors/sdk";
import { checkPath, exactInteger, isJsonInteger, isObjectPart } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform, type MessageMetadata } from "../../definition/transform.ts";
import { conflictSetting, targetPath } from "../../settings/conflict-setting.ts";
import { placeAt } from "../../values/conflicts.ts";

const NAMES = ["stream", "topic", "partition", "offset", "timestamp", "origin_timestamp", "id", "checksum"] as const;

const READ: Readonly<Record<(typeof NAMES)[number], (message: MessageMetadata) => JsonValue | undefined>> = {
  stream: ({ stream }) => stream,
  topic: ({ topic }) => topic,
  partition: ({ partition }) => partition,
  offset: ({ offset }) => integer(offset),
  timestamp: ({ timestamp }) => timestamp,
  origin_timestamp: ({ originTimestamp }) => originTimestamp,
  id: ({ id }) => integer(id),
  checksum: ({ checksum }) => integer(checksum),
};

/** `insert_metadata`: sets fields to where a message came from. */
export const insertMetadata = defineTransform({
  type: "insert_metadata",
  description:
    "Sets fields of JSON objects to where the message came from. Times are microseconds since the Unix epoch; an id beyond 64 bits is a string. In a source, whose messages are not in Iggy yet, only id, partition and origin_timestamp can be known; unknown values are left out.",
  settings: z.object({
    fields: z
      .partialRecord(z.enum(NAMES), z.string().superRefine(checkPath))
      .describe(`${NAMES.join(", ")} → path of the field`)
      .meta({ example: { topic: "_topic", offset: "_offset" } }),
    on_conflict: conflictSetting("fail", "If the field exists"),
  }),
  examples: [
    {
      title: "Topic and offset",
      settings: { fields: { topic: "_topic", offset: "meta.offset" } },
      input: { json: { a: 1 } },
      output: [{ json: { a: 1, _topic: "orders", meta: { offset: 5 } } }],
    },
  ],
  create({ fields, on_conflict: onConflict }, { invalid }) {
    const pairs = NAMES.flatMap((name) => {
      if (fields[name] === undefined) return [];
      const path = targetPath(parsePath(fields[name]), onConflict, (reason) => invalid(`fields.${name}`, reason));
      return [{ name, read: READ[name], path }];
    });
    return {
      kinds: ["json"],
      process(message) {
        let value: unknown = message.part;
        if (!isObjectPart(value)) return undefined;
        for (const { name, read, path } of pairs) {
          const found = read(message);
          if (found !== undefined) value = placeAt(value, path, found, onConflict, `the metadata ${name}`);
        }
        message.value = value;
        return undefined;
      },
    };
  },
});

/** Integers beyond 64 bits, which many readers of JSON refuse, become strings. */
function integer(value: bigint | undefined): JsonValue | undefined {
  if (value === undefined) return undefined;
  return isJsonInteger(value) ? exactInteger(value) : String(value);
}
