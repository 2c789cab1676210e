import { charge, chargeDeep, chargeFlat, chargeNested, STEP } from "./budget.ts";

/** A node of an expression. The parser makes them, `$eval` also while a message is evaluated. */
export interface Node {
  readonly type?: unknown;
  readonly value?: unknown;
  readonly lhs?: unknown;
  readonly rhs?: unknown;
  readonly condition?: Node;
  readonly steps?: readonly Node[];
  readonly stages?: readonly Stage[];
  readonly predicate?: readonly Stage[];
  readonly group?: { readonly lhs: Pairs };
  readonly tuple?: unknown;
  readonly focus?: unknown;
  readonly index?: unknown;
  [COST]?: Cost;
}

type Pairs = readonly (readonly Node[])[];

interface Stage {
  readonly expr?: Node;
}

/** What is done with the result of a node. */
interface Cost {
  /** The nodes within it know what it does with their results. */
  spread: boolean;
  /** It is read with all that is in it. */
  read: boolean;
  /** It is new: its elements or characters were copied. */
  copied: boolean;
  /** Each element becomes an object with all variables of the path. */
  tuples: boolean;
  /** It names a group. Elements are added to a group by copying it. */
  key: boolean;
  /** Counts what is done with the input. */
  chargeInput: ((input: unknown) => void) | undefined;
}

/** Kept at the node: looked up at every step. */
const COST = Symbol("cost");

/** Steps nested deeper than this cost more: each resumes all that it is nested in. */
const FREE_DEPTH = 64;

const TUPLE = 64;

let depth = 0;
let groups = new Map<Node, Map<string, number>>();

export function startSteps(): void {
  depth = 0;
  if (groups.size > 0) groups = new Map();
}

/** Counts a step, and what it reads of its input. */
export function beforeStep(node: Node, input: unknown): void {
  const known = node[COST];
  const cost = known?.spread === true ? known : spreadCosts(node);
  depth++;
  charge(depth > FREE_DEPTH ? STEP + depth - FREE_DEPTH : STEP);
  cost.chargeInput?.(input);
}

/** Counts what becomes of a step's result. */
export function afterStep(node: Node, _input: unknown, _environment: unknown, result: unknown): void {
  depth--;
  if (typeof result === "string") {
    const { read, copied, key } = node[COST]!;
    if (read || copied) charge(result.length);
    if (key) charge(groupSize(node, result) / 8);
  } else if (typeof result === "object" && result !== null) {
    const { read, copied, tuples, key } = node[COST]!;
    if (read) chargeDeep(result);
    if (tuples) charge(Array.isArray(result) ? result.length * TUPLE : TUPLE);
    if (copied || (result as { readonly sequence?: unknown }).sequence === true) chargeFlat(result);
    // The result of a path is an array still.
    if (key && Array.isArray(result)) charge(groupSize(node, String(result[0])) / 8);
  }
}

function inputCharge(node: Node): Cost["chargeInput"] {
  if (node.type === "descendant") return chargeDeep;
  if (node.type === "wildcard") return chargeWildcard;
  if (node.type === "name") return (input) => Array.isArray(input) && chargeNested(input);
  const pairs = node.type === "unary" && node.value === "{" ? (node.lhs as Pairs) : node.group?.lhs;
  if (pairs === undefined) return undefined;
  const keys = pairs.map(([key]) => key!);
  return (input) => startGroups(keys, node.group !== undefined || Array.isArray(input));
}

/** Arrays that are members are added by copying all that came before. */
function chargeWildcard(input: unknown): void {
  if (typeof input !== "object" || input === null) return;
  let found = 0;
  for (const value of Object.values(input)) {
    if (Array.isArray(value)) {
      chargeNested(value);
      found += value.length;
      charge(found / 8);
    } else found++;
  }
}

function startGroups(keys: readonly Node[], groupsElements: boolean): void {
  for (const key of keys) {
    costOf(key).key = groupsElements;
    if (groupsElements) groups.delete(key);
  }
}

function groupSize(node: Node, key: string): number {
  const sizes = groups.get(node) ?? new Map<string, number>();
  const size = (sizes.get(key) ?? 0) + 1;
  groups.set(node, sizes.set(key, size));
  return size;
}

/** Says of the nodes within a node what it does with their results. */
function spreadCosts(node: Node): Cost {
  const own = costOf(node);
  own.spread = true;
  own.tuples = node.tuple !== undefined || node.focus !== undefined || node.index !== undefined;
  for (const { expr } of [...(node.predicate ?? []), ...(node.stages ?? [])]) {
    if (typeof expr === "object") costOf(expr).read = true;
  }
  own.chargeInput = inputCharge(node);
  if (node.type === "binary") {
    own.copied = node.value === "&";
    if (["&", "=", "!=", "and", "or"].includes(node.value as string)) costOf(node.lhs as Node).read = true;
    if (["&", "=", "!=", "and", "or", "in"].includes(node.value as string)) costOf(node.rhs as Node).read = true;
  } else if (node.type === "unary" && node.value === "[") own.copied = true;
  else if (node.type === "condition") costOf(node.condition!).read = true;
  else if (node.type === "path") for (const step of node.steps!) costOf(step).copied ||= step.type !== "name";
  return own;
}

function costOf(node: Node): Cost {
  node[COST] ??= { spread: false, read: false, copied: false, tuples: false, key: false, chargeInput: undefined };
  return node[COST];
}
