import { FatalError } from "../contract/errors.ts";
import type { ConfigSchema, StandardIssue } from "../contract/schema.ts";

/** One finding about a configuration: which key, and what is wrong with it. */
export interface ConfigIssue {
  /** Path of the key as one writes it: `fields[0].value`; empty for the whole. */
  readonly key: string;
  readonly message: string;
}

/** A validator's issues, each with its key spelt as a path. */
export function describeIssues(issues: readonly StandardIssue[]): readonly ConfigIssue[] {
  return issues.map((issue) => ({ key: keyOf(issue), message: issue.message }));
}

/** One line per issue: `key: message`. */
export function formatIssues(issues: readonly ConfigIssue[]): string {
  return issues.map(({ key, message }) => (key === "" ? message : `${key}: ${message}`)).join("\n");
}

/**
 * The configuration as the schema gives it to `create`. Throws `FatalError` (`IGC_CONFIG_INVALID`) that names every
 * wrong key; `place` is the file or section.
 */
export async function parseConfig<Output>(
  schema: ConfigSchema<unknown, Output>,
  value: unknown,
  place?: string,
): Promise<Output> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = describeIssues(result.issues);
  throw new FatalError(`the configuration is not valid:\n${formatIssues(issues)}`, {
    code: "IGC_CONFIG_INVALID",
    fix: "correct the keys named above",
    ...(place === undefined ? {} : { place }),
  });
}

function keyOf(issue: StandardIssue): string {
  let key = "";
  for (const segment of issue.path ?? []) {
    const part = typeof segment === "object" ? segment.key : segment;
    if (typeof part === "number") key += `[${part}]`;
    else key += key === "" ? String(part) : `.${String(part)}`;
  }
  return key;
}
