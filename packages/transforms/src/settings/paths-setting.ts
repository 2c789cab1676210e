import { checkPath } from "@iggy-connectors/sdk/internal";
import { z } from "zod";

/** The original's field transforms take names literally; with this setting they take paths. */
export const pathsSetting = z
  .boolean()
  .default(false)
  .describe("Read names as paths (user.mail, items[*].id) instead of names of top-level fields");

/** `key` of an entry of `fields`, in the transforms that set fields. */
export const fieldKeySetting = (example: string) =>
  z
    .string()
    .refine((key) => key.isWellFormed(), { error: "must be valid Unicode" })
    .describe("Name of the field; dots are literal unless paths is on")
    .meta({ example });

/** With `paths` on, the keys of `fields` must be paths. */
export function checkPaths(
  settings: { readonly paths: boolean; readonly fields: readonly { readonly key: string }[] },
  context: z.core.$RefinementCtx,
): void {
  if (!settings.paths) return;
  for (const [index, { key }] of settings.fields.entries()) {
    checkPath(key, {
      ...context,
      addIssue: (message) =>
        context.addIssue({ code: "custom", path: ["fields", index, "key"], message: String(message) }),
    } as z.core.$RefinementCtx<string>);
  }
}
