import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { suggest } from "@iggy-connectors/sdk/internal";
import { formatKey, type KeyPath, setAt, type Table } from "../../../shared/key-path.ts";
import { coerceText } from "../../../shared/schema-tree/coerce.ts";
import { isSecret, typesOf } from "../../../shared/schema-tree/schema-tree.ts";
import { type ConfigProblem, causeOf } from "../problem.ts";
import { matchVariable, type Variable } from "./variables.ts";

/** A key whose value came from the environment. */
export interface AppliedOverride {
  readonly variable: string;
  readonly path: KeyPath;
  readonly secret: boolean;
}

export interface OverrideContext {
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  /** Told of every value that came from a file. */
  readonly secret: (value: string) => void;
}

export interface OverrideResult {
  readonly applied: readonly AppliedOverride[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Sets, in `value`, what the environment says. Lists of tables are merged element by element. `NAME_FILE` names a file
 * that holds the value of `NAME`. An empty variable counts as unset. `names` are the variables meant for this document.
 */
export function applyOverrides(
  value: Table,
  variables: readonly Variable[],
  names: readonly string[],
  context: OverrideContext,
): OverrideResult {
  const applied: AppliedOverride[] = [];
  const problems: ConfigProblem[] = [];
  for (const name of names) {
    const text = context.environment[name];
    const direct = matchVariable(variables, name);
    const behindFile = direct === undefined && name.endsWith("_FILE");
    const match = behindFile ? matchVariable(variables, name.slice(0, -"_FILE".length)) : direct;
    if (match === undefined) {
      problems.push(unknownVariable(name, variables));
      continue;
    }
    if (text === undefined || text === "") continue;
    const content = behindFile ? readValueFile(name, text, context, problems) : text;
    if (content === undefined) continue;
    const typed = coerceText(content, match.node);
    if (typed === undefined) {
      const types = [...typesOf(match.node)].join(" or ");
      problems.push({
        severity: "error",
        code: "IGC_CONFIG_ENVIRONMENT",
        file: "environment",
        key: name,
        message: `invalid ${formatKey(match.path)}: must be ${types}${isSecret(match.node) ? "" : `, but is ${JSON.stringify(content)}`}`,
        fix: "correct the variable",
      });
      continue;
    }
    setAt(value, match.path, typed);
    applied.push({ variable: name, path: match.path, secret: behindFile || isSecret(match.node) });
  }
  return { applied, problems };
}

/** The value that a `…_FILE` variable points to, without its final line break. */
export function readValueFile(
  name: string,
  file: string,
  context: OverrideContext,
  problems: ConfigProblem[],
): string | undefined {
  try {
    const content = readFileSync(resolve(context.workingDirectory, file), "utf8").replace(/\r?\n$/, "");
    context.secret(content);
    return content;
  } catch (error) {
    problems.push({
      severity: "error",
      code: "IGC_CONFIG_ENVIRONMENT",
      file: "environment",
      key: name,
      message: `file ${file} cannot be read: ${causeOf(error)}`,
      fix: "check path and rights",
    });
    return undefined;
  }
}

function unknownVariable(name: string, variables: readonly Variable[]): ConfigProblem {
  const index = /_(\d{1,3})_/.exec(name)?.[1] ?? "0";
  const similar = suggest(
    name,
    variables.map((variable) => variable.name.replace("#", index)),
  );
  return {
    severity: "warning",
    code: "IGC_CONFIG_UNKNOWN_VARIABLE",
    file: "environment",
    key: name,
    message: "this variable sets nothing",
    fix: similar === undefined ? "remove it" : `did you mean ${similar}?`,
  };
}
