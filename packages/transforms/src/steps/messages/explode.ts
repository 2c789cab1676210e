import { parsePath, path, RejectedError } from "@iggy-connectors/sdk";
import { elementsOf, isObjectPart, type JsonPart, partAt, setAt, typeName } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform, FILTERED } from "../../definition/transform.ts";
import { conflictSetting, targetPath } from "../../settings/conflict-setting.ts";
import { placeAt } from "../../values/conflicts.ts";

/** `explode`: one message becomes one per element. */
export const explode = defineTransform({
  type: "explode",
  description:
    "Turns every element of an array into a message. The original still counts as one message: it is delivered when all of its parts are, and if a part is rejected, the original is handled as on_error says. An empty array filters the message.",
  settings: z.object({
    field: path("Path of the array; default: the payload itself", "items").optional(),
    keep: z
      .boolean()
      .default(false)
      .describe(
        "false: the element becomes the payload; true: the other fields are kept, and the element replaces the array",
      ),
    index_field: path(
      "Path of a field that is set to the element's index, from 0; the new payload must be an object",
      "line",
    ).optional(),
    on_conflict: conflictSetting("fail", "If the element has a field of index_field's name"),
    on_missing: z
      .enum(["keep", "drop", "fail"])
      .default("keep")
      .describe("If there is no array: keep passes the message unchanged, drop filters it, fail fails it"),
    max_messages: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe("Most elements of an array; a message with more fails"),
  }),
  examples: [
    {
      title: "Lines of an order",
      settings: { field: "lines", keep: true, index_field: "line_number" },
      input: { json: { order: 7, lines: [{ sku: "a" }, { sku: "b" }] } },
      output: [
        { json: { order: 7, lines: { sku: "a" }, line_number: 0 } },
        { json: { order: 7, lines: { sku: "b" }, line_number: 1 } },
      ],
    },
    {
      title: "A payload that is an array",
      settings: {},
      input: { json: [1, 2] },
      output: [{ json: 1 }, { json: 2 }],
    },
  ],
  create(
    { field, keep, index_field: indexField, on_conflict: onConflict, on_missing: onMissing, max_messages: limit },
    { invalid },
  ) {
    const source = field === undefined ? undefined : parsePath(field);
    const indexPath =
      indexField === undefined
        ? undefined
        : targetPath(parsePath(indexField), onConflict, (reason) => invalid("index_field", reason));
    const fail = (message: string): RejectedError =>
      new RejectedError(message, { code: "IGC_TRANSFORM_EXPLODE", place: `field ${field ?? "(payload)"}` });
    return {
      kinds: ["json"],
      process(message) {
        const { part: payload } = message;
        const found = source === undefined ? (payload as JsonPart) : partAt(payload, source);
        const elements = elementsOf(found);
        if (elements === undefined) {
          if (onMissing === "keep") return undefined;
          if (onMissing === "drop") return FILTERED;
          throw fail(`${field ?? "the payload"} is ${typeName(found)}, not an array`);
        }
        if (elements.length > limit) throw fail(`the array has ${elements.length} elements, max_messages is ${limit}`);
        return elements.map((element, index) => {
          const part =
            keep && source !== undefined && isObjectPart(payload) ? setAt(payload, source, element) : element;
          return { value: indexPath === undefined ? part : placeAt(part, indexPath, index, onConflict, "the index") };
        });
      },
    };
  },
});
