import type { TransformMessage } from "../../definition/transform.ts";
import { keepDigits } from "../../values/kept-digits.ts";
import { scriptValue } from "../../values/script-value.ts";
import { VARIABLES } from "../variables.ts";
import { chargeDeep, spentSteps, startBudget } from "./budget.ts";
import { AFTER_STEP, BEFORE_STEP, countedFunctions, now, refuseHooks } from "./functions.ts";
import { linearRegExps } from "./linear-reg-exp.ts";
import { afterStep, beforeStep, startSteps } from "./steps.ts";

/** A result is checked for parts that occur again and again where an evaluation was long enough to make many of one. */
const MANY_STEPS = 100;

interface Node {
  readonly type?: unknown;
  readonly value?: unknown;
  readonly keepArray?: unknown;
  readonly keepSingletonArray?: unknown;
}

/**
 * Compiles a JSONata expression into a synchronous function of the payload: undefined if the expression has no result.
 * Rejects with `Error` when it cannot be compiled. The function throws `Error` with the reason.
 */
export async function compileJsonata(source: string): Promise<(message: TransformMessage) => unknown> {
  refuseHooks(source);
  const { default: jsonata } = await import("jsonata");
  const RegExps = await linearRegExps();
  const library = jsonata as (text: string, options: { RegexEngine: typeof RegExps }) => ReturnType<typeof jsonata>;
  // Without the option, the library would also run the patterns of all earlier expressions by the engine of JavaScript.
  const compile = (text: string) => library(text, { RegexEngine: RegExps });
  const expression = compile(source);
  const named: [string, (message: TransformMessage) => unknown][] = [];
  let marks = false;
  startBudget();
  for (const { type, value, keepArray, keepSingletonArray } of nodesOf(expression.ast())) {
    marks ||= keepArray === true || keepSingletonArray === true;
    if (type === "regex") new RegExps(value as RegExp);
    if (type === "variable" && Object.hasOwn(VARIABLES, value as string)) {
      named.push([value as string, VARIABLES[value as string]!]);
    }
  }
  for (const [name, definition] of countedFunctions(compile)) expression.assign(name, definition);
  expression.registerFunction("now", now, "<s?s?:s>");
  expression.assign(BEFORE_STEP, beforeStep);
  expression.assign(AFTER_STEP, afterStep);
  return (message) => {
    startBudget();
    startSteps();
    const bindings = Object.fromEntries(named.map(([name, pick]) => [name, plain(pick(message))]));
    const result: unknown = expression.evaluate(message.value, bindings);
    if (result === undefined) return undefined;
    if (spentSteps() > MANY_STEPS) chargeDeep(result);
    const value = scriptValue(result, (text) => new Error(text), "the result");
    const clean = marks ? unmarked(value) : value;
    keepDigits(clean, message.value);
    return clean;
  };
}

/** The library does not know `bigint`: integers that a double cannot hold become strings. */
function plain(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
}

/** A copy without the property that the library sets on the arrays of `path[]`. */
function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, unmarked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, unmarked(member)]));
}

function* nodesOf(tree: unknown): Iterable<Node> {
  if (typeof tree !== "object" || tree === null || tree instanceof RegExp) return;
  yield tree;
  for (const member of Object.values(tree)) yield* nodesOf(member);
}
