import { SCHEMAS } from "@iggy-connectors/sdk";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { compilePattern } from "../../expressions/pattern.ts";

/** `drop_headers`: removes headers. */
export const dropHeaders = defineTransform({
  type: "drop_headers",
  description: "Removes headers by name or pattern.",
  settings: z
    .object({
      headers: z
        .array(z.string())
        .default([])
        .describe("Names of the headers")
        .meta({ example: ["authorization"] }),
      pattern: z
        .string()
        .min(1)
        .optional()
        .describe("Pattern (RE2); every header whose name contains a match is removed")
        .meta({ example: "^x-internal-" }),
    })
    .refine(({ headers, pattern }) => headers.length > 0 || pattern !== undefined, {
      error: "must name a header, unless pattern is set",
      path: ["headers"],
    }),
  examples: [
    {
      title: "By pattern",
      settings: { pattern: "^x-" },
      input: { json: { id: 1 }, headers: { "x-a": "1", trace: "t" } },
      output: [{ json: { id: 1 }, headers: { trace: "t" } }],
    },
  ],
  async create({ headers, pattern }) {
    const names = new Set(headers);
    const matches = pattern === undefined ? () => false : await compilePattern(pattern);
    return {
      kinds: SCHEMAS,
      process(message) {
        const current = [...message.headers];
        const kept = current.filter(([name]) => !names.has(name) && !matches(name));
        if (kept.length < current.length) message.headers = new Map(kept);
        return undefined;
      },
    };
  },
});
