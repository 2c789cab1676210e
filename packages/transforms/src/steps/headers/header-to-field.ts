import { parsePath } from "@iggy-connectors/sdk";
import { checkPath, isObjectPart } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { conflictSetting, targetPath } from "../../settings/conflict-setting.ts";
import { operationSetting } from "../../settings/operation-setting.ts";
import { placeAt } from "../../values/conflicts.ts";
import { plainHeader } from "../../values/headers.ts";

/** `header_to_field`: headers become fields. */
export const headerToField = defineTransform({
  type: "header_to_field",
  description:
    "Copies or moves headers into fields of JSON objects, by their types: strings, numbers, booleans; bytes as base64. Missing headers are ignored.",
  settings: z.object({
    headers: z
      .record(z.string(), z.string().superRefine(checkPath))
      .describe("Name of the header → path of the field")
      .meta({ example: { trace: "meta.trace" } }),
    operation: operationSetting,
    on_conflict: conflictSetting("fail", "If the field exists"),
  }),
  examples: [
    {
      title: "Copied into a nested field",
      settings: { headers: { trace: "meta.trace" } },
      input: { json: { a: 1 }, headers: { trace: "t1" } },
      output: [{ json: { a: 1, meta: { trace: "t1" } }, headers: { trace: "t1" } }],
    },
  ],
  create({ headers, operation, on_conflict: onConflict }, { invalid }) {
    const pairs = Object.entries(headers).map(([header, field]) => {
      const path = targetPath(parsePath(field), onConflict, (reason) => invalid(`headers.${header}`, reason));
      return { header, path };
    });
    return {
      kinds: ["json"],
      process(message) {
        let value: unknown = message.part;
        if (!isObjectPart(value)) return undefined;
        const current = message.headers;
        const taken = pairs.filter(({ header }) => current.has(header));
        if (taken.length === 0) return undefined;
        for (const { header, path } of taken) {
          value = placeAt(value, path, plainHeader(current.get(header)!), onConflict, `the header ${header}`);
        }
        message.value = value;
        if (operation === "move") {
          const rest = new Map(current);
          for (const { header } of taken) rest.delete(header);
          message.headers = rest;
        }
        return undefined;
      },
    };
  },
});
