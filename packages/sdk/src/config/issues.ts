import { FatalError } from "../contract/errors.ts";
import type { ConfigSchema, StandardIssue } from "../contract/schema.ts";
import { formatPath } from "../paths/path.ts";
import { inOurWords } from "./issue-words.ts";

/** One problem of a configuration: which key, and what is wrong with it. */
export interface ConfigIssue {
  /** Path of the key, such as `fields[0].value`; empty for the whole configuration. */
  readonly key: string;
  readonly message: string;
}

/** A validator's issues, each with its key as a path. */
export function describeIssues(issues: readonly StandardIssue[]): readonly ConfigIssue[] {
  return issues.map(({ path = [], message }) => ({
    key: formatPath(path.map((segment) => (typeof segment === "object" ? segment.key : segment))),
    message: inOurWords(message),
  }));
}

/** One line per issue: `key: message`. */
export function formatIssues(issues: readonly ConfigIssue[]): string {
  return issues.map(({ key, message }) => (key === "" ? message : `${key}: ${message}`)).join("\n");
}

/**
 * Validates a configuration and returns it as `create` receives it, defaults included. Throws `FatalError` (`IGC_CONFIG_INVALID`) that
 * names every invalid key; `place` is the file or section that the error names.
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
