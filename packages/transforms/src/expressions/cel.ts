import { RejectedError } from "@iggy-connectors/sdk";
import { exactInteger, type JsonObject, ObjectText, plainValue, setMember } from "@iggy-connectors/sdk/internal";
import type { Expression } from "../definition/context.ts";
import type { TransformMessage } from "../definition/transform.ts";
import { fieldsOf } from "./fields-of.ts";
import { LINEAR_MATCHES_SIGNATURE, linearMatches, useLinearMatches } from "./linear-matches.ts";
import { movedParts } from "./moved-parts.ts";
import { VARIABLES } from "./variables.ts";

type Evaluate = (context: Record<string, unknown>) => unknown;
type Library = typeof import("@marcbachmann/cel-js");

let environment: Promise<InstanceType<Library["Environment"]>> | undefined;

/**
 * Compiles a CEL expression. Rejects with `Error` and the reason if it is not valid. JSON numbers are doubles, and may be mixed with
 * integers in arithmetic.
 */
export async function compileExpression(source: string): Promise<Expression> {
  environment ??= createEnvironment();
  const parsed = (await environment).parse(source);
  await useLinearMatches(parsed.ast);
  const { valid, error } = parsed.check();
  if (!valid) throw error ?? new Error("the types of the expression do not match");
  const evaluate = parsed as Evaluate;
  const fields = fieldsOf(parsed.ast);
  const context = new ExpressionContext(fields);
  const variables = context.variables();
  const run = (message: TransformMessage): unknown => {
    context.message = message;
    try {
      return fromExpression(evaluate(variables));
    } catch (cause) {
      throw new RejectedError(`expression ${JSON.stringify(source)}: ${firstLine(cause)}`, {
        code: "IGC_TRANSFORM_EXPRESSION",
        place: `expression ${source}`,
        fix: "test for presence with has(payload.field), or for the type with type(payload.field)",
        cause,
      });
    } finally {
      context.end();
    }
  };
  return Object.assign(run, { fields, moved: movedParts(parsed.ast) });
}

async function createEnvironment(): Promise<InstanceType<Library["Environment"]>> {
  const { Environment } = await import("@marcbachmann/cel-js");
  const created = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  });
  for (const name of ["payload", ...Object.keys(VARIABLES)])
    created.registerVariable(name, name === "kind" ? "string" : "dyn");
  for (const [operator, work] of Object.entries(ARITHMETIC)) {
    created.registerOperator(`double ${operator} int: double`, work);
    created.registerOperator(`int ${operator} double: double`, work);
  }
  created.registerOperator("double % double: double", ARITHMETIC["%"]!);
  created.registerFunction(LINEAR_MATCHES_SIGNATURE, linearMatches);
  return created;
}

const ARITHMETIC: Readonly<Record<string, (a: number | bigint, b: number | bigint) => number>> = {
  "+": (a, b) => Number(a) + Number(b),
  "-": (a, b) => Number(a) - Number(b),
  "*": (a, b) => Number(a) * Number(b),
  "/": (a, b) => Number(a) / Number(b),
  "%": (a, b) => Number(a) % Number(b),
};

/** The variables of the current message; those that an expression does not name are not read. */
class ExpressionContext {
  message: TransformMessage | undefined;
  readonly #fields: readonly string[] | undefined;
  /** Why the payload could not be decoded. That is not a failure of the expression, and the expression must not hide it. */
  #fault: { readonly error: unknown } | undefined;

  constructor(fields: readonly string[] | undefined) {
    this.#fields = fields;
  }

  /** Throws the error of decoding the payload, if the expression read it. */
  end(): void {
    const fault = this.#fault;
    this.message = undefined;
    this.#fault = undefined;
    if (fault !== undefined) throw fault.error;
  }

  variables(): Record<string, unknown> {
    const read = (get: (message: TransformMessage) => unknown): PropertyDescriptor => ({
      enumerable: true,
      get: () => get(this.message!) ?? null,
    });
    const variables = { payload: (message: TransformMessage) => this.#payload(message), ...VARIABLES };
    return Object.defineProperties(
      {},
      Object.fromEntries(Object.entries(variables).map(([name, get]) => [name, read(get)])),
    );
  }

  #payload(message: TransformMessage): unknown {
    try {
      const part = this.#fields === undefined ? undefined : message.part;
      return part instanceof ObjectText ? pick(part, this.#fields!) : message.value;
    } catch (error) {
      this.#fault = { error };
      return null;
    }
  }
}

/** The fields that an expression reads: nothing else is decoded. */
function pick(object: ObjectText, fields: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const key of fields) {
    const part = object.get(key);
    if (part !== undefined) setMember(picked, key, plainValue(part));
  }
  return picked;
}

/** An expression's result as a JSON value: integers are numbers where that is exact, as in decoded JSON. */
function fromExpression(value: unknown): unknown {
  if (typeof value === "bigint") return exactInteger(value);
  if (Array.isArray(value)) return value.map(fromExpression);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, member]) => [String(key), fromExpression(member)]));
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value);
    // An unchanged part of the payload is passed on without a copy.
    return entries.some(([, member]) => fromExpression(member) !== member)
      ? Object.fromEntries(entries.map(([key, member]) => [key, fromExpression(member)]))
      : value;
  }
  return value;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]!;
}
