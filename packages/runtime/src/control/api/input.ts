import { describeIssues } from "@iggy-connectors/sdk/internal";
import type { z } from "zod";
import { Refusal } from "../operations/refusal.ts";

/** Validates the input of a request. Throws `Refusal` (400) that names every invalid key. `where`: query, path or body. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown, where: string): z.output<Schema> {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const issues = describeIssues(parsed.error.issues);
  const reason = issues.map(({ key, message }) => (key === "" ? message : `${key}: ${message}`)).join("; ");
  throw new Refusal("invalid", `The ${where} is invalid: ${reason}`, {
    code: "error",
    place: issues[0]?.key === "" ? where : `${where}: ${issues[0]?.key}`,
    details: issues,
  });
}
