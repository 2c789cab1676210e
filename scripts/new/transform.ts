import { camelCased, hyphenated, type Scaffold } from "./scaffold.ts";

/** The folders of `packages/transforms/src/steps`. */
export const GROUPS = ["fields", "values", "headers", "messages", "formats"] as const;

/** A transform that changes a top-level field, with an example that its reference page shows and a test runs. */
export function transform(type: string, group: (typeof GROUPS)[number]): Scaffold {
  const file = hyphenated(type);
  const name = camelCased(type);
  return {
    files: {
      [`packages/transforms/src/steps/${group}/${file}.ts`]: `import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";

/** \`${type}\`: writes a field in upper case. */
export const ${name} = defineTransform({
  type: "${type}",
  description: "Writes a text field in upper case.",
  settings: z.object({
    field: z.string().min(1).describe("Top-level field that is changed").meta({ example: "country" }),
  }),
  examples: [
    {
      title: "A country code",
      settings: { field: "country" },
      input: { json: { country: "de" } },
      output: [{ json: { country: "DE" } }],
    },
  ],
  create({ field }) {
    return {
      kinds: ["json"],
      apply(value) {
        const text = (value as { readonly [key: string]: unknown })[field];
        return typeof text === "string" ? { ...(value as object), [field]: text.toUpperCase() } : value;
      },
    };
  },
});
`,
    },
    lines: [
      {
        file: "packages/transforms/src/steps/catalog.ts",
        within: `  ${group}: {`,
        before: "  },",
        line: `    ${type}: async () => (await import("./${group}/${file}.ts")).${name},`,
      },
      {
        file: "packages/transforms/src/config/known-keys.ts",
        within: "export const SETTINGS",
        before: "]);",
        line: `  ["${type}", ["field"]],`,
      },
    ],
    next: [
      `write the step: packages/transforms/src/steps/${group}/${file}.ts`,
      "npm run reference writes its page from the definition",
      "npm test -- packages/transforms tests/documentation",
    ],
  };
}
