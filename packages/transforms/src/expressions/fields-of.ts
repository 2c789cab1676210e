import type { Path } from "@iggy-connectors/sdk";

/** A node of a parsed expression, as far as it is used here. */
export interface ExpressionNode {
  readonly op: string;
  readonly args: unknown;
}

/**
 * The top-level fields of the payload that an expression reads, if it reads nothing else: then only those need to be decoded.
 * Undefined: it reads more, or that cannot be determined.
 */
export function fieldsOf(node: unknown): readonly string[] | undefined {
  const fields = new Set<string>();
  return collect(node, fields) ? [...fields] : undefined;
}

/** The path of an expression that is nothing but a field of the payload: `payload.order.total`. */
export function pathOf(node: unknown): Path | undefined {
  const segments: string[] = [];
  let current = node;
  while (isNode(current) && current.op === "." && Array.isArray(current.args)) {
    const [base, member] = current.args as [unknown, unknown];
    if (typeof member !== "string") return undefined;
    segments.unshift(member);
    current = base;
  }
  const isField = isNode(current) && current.op === "id" && current.args === "payload" && segments.length > 0;
  return isField ? { text: segments.join("."), segments } : undefined;
}

function collect(value: unknown, fields: Set<string>): boolean {
  if (Array.isArray(value)) return value.every((part: unknown) => collect(part, fields));
  if (!isNode(value)) return true;
  const { op, args } = value;
  if (op === "id") return false;
  // A macro brings variables of its own, and a function may look at all of what it is given.
  if (op === "value") return true;
  if ((op === "." || op === "[]") && Array.isArray(args)) {
    const [base, member] = args as [unknown, unknown];
    const name = op === "." ? member : isNode(member) && member.op === "value" ? member.args : undefined;
    if (isNode(base) && base.op === "id" && base.args === "payload" && typeof name === "string") {
      fields.add(name);
      return true;
    }
    return collect(base, fields) && (op === "." || collect(member, fields));
  }
  return collect(args, fields);
}

export function isNode(value: unknown): value is ExpressionNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}
