import type { TransformMessage } from "../definition/transform.ts";
import { keepDigits } from "../values/kept-digits.ts";
import { scriptValue } from "../values/script-value.ts";
import { linearRegExps } from "./linear-reg-exp.ts";
import { VARIABLES } from "./variables.ts";

/** An expression that takes more steps for one message is most likely in an endless loop. */
const MAX_STEPS = 1_000_000;

/** The hook that the library calls before each step of an evaluation. */
const BEFORE_STEP = "__evaluate_entry";

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
  const { default: jsonata } = await import("jsonata");
  const RegExps = await linearRegExps();
  const compile = jsonata as (text: string, options: { RegexEngine: typeof RegExps }) => ReturnType<typeof jsonata>;
  const expression = compile(source, { RegexEngine: RegExps });
  const named: [string, (message: TransformMessage) => unknown][] = [];
  let marks = false;
  for (const { type, value, keepArray, keepSingletonArray } of nodesOf(expression.ast())) {
    marks ||= keepArray === true || keepSingletonArray === true;
    if (type === "regex") new RegExps(value as RegExp);
    if (type === "variable" && Object.hasOwn(VARIABLES, value as string)) {
      named.push([value as string, VARIABLES[value as string]!]);
    }
  }
  let steps = 0;
  expression.assign(BEFORE_STEP, () => {
    steps += 1;
    if (steps > MAX_STEPS) throw new Error(`it takes more than ${MAX_STEPS} steps`);
  });
  return (message) => {
    steps = 0;
    const bindings = Object.fromEntries(named.map(([name, pick]) => [name, plain(pick(message))]));
    const result: unknown = expression.evaluate(message.value, bindings);
    if (result === undefined) return undefined;
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
