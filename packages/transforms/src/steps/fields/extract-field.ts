import { parsePath, path, RejectedError } from "@iggy-connectors/sdk";
import { partAt } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform, FILTERED } from "../../definition/transform.ts";

/** `extract_field`: a nested value becomes the payload. */
export const extractField = defineTransform({
  type: "extract_field",
  description:
    "Replaces the payload by the value at a path. Unlike unwrap_envelope, it has a setting for a missing value.",
  settings: z.object({
    field: path("Path of the value that becomes the payload", "order.lines[0]"),
    on_missing: z
      .enum(["keep", "drop", "fail"])
      .default("keep")
      .describe("If there is no such value: keep passes the message unchanged, drop filters it, fail fails it"),
  }),
  examples: [
    {
      title: "A nested value",
      settings: { field: "order.lines[0]" },
      input: { json: { order: { lines: [{ sku: "a" }, { sku: "b" }] } } },
      output: [{ json: { sku: "a" } }],
    },
    {
      title: "A missing value",
      settings: { field: "order", on_missing: "drop" },
      input: { json: { id: 1 } },
      output: [],
    },
  ],
  create({ field, on_missing: onMissing }) {
    const source = parsePath(field);
    return {
      kinds: ["json"],
      takesText: true,
      apply(value) {
        const found = partAt(value, source);
        if (found !== undefined) return found;
        if (onMissing === "keep") return value;
        if (onMissing === "drop") return FILTERED;
        throw new RejectedError(`no such field: ${field}`, {
          code: "IGC_TRANSFORM_FIELD_MISSING",
          place: `field ${field}`,
        });
      },
    };
  },
});
