import { suggest } from "@iggy-connectors/sdk/internal";

import { formatKey, type KeyPath, setAt, type Table } from "../../../shared/key-path.ts";
import { coerceText } from "../../../shared/schema-tree/coerce.ts";
import { isSecret, typesOf } from "../../../shared/schema-tree/schema-tree.ts";
import { type ConfigProblem, causeOf } from "../problem.ts";
import { readValueFile, type ValueFileContext } from "../value-file.ts";
import { matchVariable, type Variable } from "./variables.ts";

/** A key whose value came from the environment. */
export interface AppliedOverride {
  readonly variable: string;
  readonly path: KeyPath;
  readonly secret: boolean;
}

export interface OverrideContext extends ValueFileContext {
  readonly environment: NodeJS.ProcessEnv;
}

export interface OverrideResult {
  readonly applied: readonly AppliedOverride[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Applies the variables `names` of the environment to `value`. Lists of tables are merged element by element. `NAME_FILE`
 * names a file that holds the value of `NAME`. An empty variable counts as unset.
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
    const isFile = direct === undefined && name.endsWith("_FILE");
    const match = isFile ? matchVariable(variables, name.slice(0, -"_FILE".length)) : direct;
    if (match === undefined) {
      problems.push(unknownVariable(name, variables));
      continue;
    }
    if (text === undefined || text === "") continue;
    const content = isFile ? valueOfFile(name, text, context, problems) : text;
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
    applied.push({ variable: name, path: match.path, secret: isFile || isSecret(match.node) });
  }
  return { applied, problems };
}

/** The value in the file that the `…_FILE` variable `name` names; `undefined`, with a problem, where it cannot be read. */
export function valueOfFile(
  name: string,
  file: string,
  context: OverrideContext,
  problems: ConfigProblem[],
): string | undefined {
  try {
    return readValueFile(file, context);
  } catch (error) {
    problems.push({
      severity: "error",
      code: "IGC_CONFIG_ENVIRONMENT",
      file: "environment",
      key: name,
      message: `file ${file} cannot be read: ${causeOf(error)}`,
      fix: "check the path and the permissions",
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
    message: "this variable sets no configuration key",
    fix: similar === undefined ? "remove it" : `did you mean ${similar}?`,
  };
}
