import type { z } from "zod";
import { formatKey, getAt, isTable, type KeyPath, setKey, type Table } from "../../../shared/key-path.ts";
import { isSecret, memberOf, propertiesOf, type SchemaNode } from "../../../shared/schema-tree/schema-tree.ts";

interface Finding {
  readonly path: KeyPath;
  readonly message: string;
  readonly fix: string | undefined;
}

export type Validated<Output> =
  | { readonly value: Output; readonly findings?: undefined }
  | { readonly findings: readonly Finding[] };

/** Validates and fills in defaults; every finding names the key, its value and what it should be. */
export function validate<Output>(schema: z.ZodType<Output>, tree: SchemaNode, value: unknown): Validated<Output> {
  const result = schema.safeParse(withoutNulls(value, tree), { reportInput: false });
  if (result.success) return { value: result.data };
  return { findings: result.error.issues.map((issue) => describe(issue, tree, value)) };
}

/** Removes nulls: in YAML and JSON `key:` and `key: null` mean that the key is not set. In free-form values null is a value. */
export function withoutNulls(value: unknown, tree: SchemaNode): unknown {
  if (Array.isArray(value)) {
    const item = memberOf(tree, 0);
    return item === undefined ? value : value.map((member) => withoutNulls(member, item));
  }
  if (!isTable(value)) return value;
  const table: Table = {};
  for (const [key, member] of Object.entries(value)) {
    const known = memberOf(tree, key);
    const named = propertiesOf(tree)?.[key] !== undefined;
    if (known === undefined || (member === null && !named)) setKey(table, key, member);
    else if (member !== null) setKey(table, key, withoutNulls(member, known));
  }
  return table;
}

function describe(issue: z.core.$ZodIssue, tree: SchemaNode, root: unknown): Finding {
  const path = issue.path.map((segment) => (typeof segment === "number" ? segment : String(segment)));
  const value = getAt(root, path);
  const name = words(path);
  if (value === undefined || value === null) {
    const example = exampleOf(nodeAt(tree, path), path);
    return { path, message: "is missing", fix: `add ${example}` };
  }
  switch (issue.code) {
    case "invalid_type":
      return {
        path,
        message: `invalid ${name}: must be ${article(issue.expected)}, but is ${shown(value, tree, path)}`,
        fix: fixFor(issue.expected),
      };
    case "invalid_value":
      return {
        path,
        message: `invalid ${name}: must be one of ${issue.values.map((one) => JSON.stringify(one)).join(", ")}, but is ${shown(value, tree, path)}`,
        fix: "use one of these values",
      };
    default:
      return splitFix(path, `invalid ${name}: ${issue.message}`);
  }
}

/** Messages of the SDK's helpers contain their advice after a colon. */
function splitFix(path: KeyPath, message: string): Finding {
  const [, head, advice] = /^(.*?): (write .*)$/s.exec(message) ?? [];
  return { path, message: head ?? message, fix: advice };
}

/** The key as words: `poll_interval` is the poll interval. */
function words(path: KeyPath): string {
  const key = path.findLast((segment) => typeof segment === "string");
  return key === undefined ? "value" : String(key).replaceAll("_", " ");
}

function shown(value: unknown, tree: SchemaNode, path: KeyPath): string {
  const kind = Array.isArray(value) ? "a list" : value === null ? "null" : article(typeof value);
  const node = nodeAt(tree, path);
  const showable = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  if (!showable || node === undefined || isSecret(node)) return kind;
  return `${kind === "a string" ? "" : `${kind} `}${JSON.stringify(value)}`.slice(0, 200);
}

function nodeAt(tree: SchemaNode, path: KeyPath): SchemaNode | undefined {
  let node: SchemaNode | undefined = tree;
  for (const segment of path) node = node === undefined ? undefined : memberOf(node, segment);
  return node;
}

function article(type: string): string {
  const name = new Map([
    ["object", "table"],
    ["record", "table"],
    ["array", "list"],
    ["int", "integer"],
  ]).get(type);
  const noun = name ?? type;
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

function fixFor(expected: string): string | undefined {
  switch (expected) {
    case "boolean":
      return "write true or false, without quotes";
    case "number":
    case "int":
      return "write a number, without quotes";
    case "string":
      return "write it in quotes";
    case "array":
      return "write a list in square brackets";
    default:
      return undefined;
  }
}

function exampleOf(node: SchemaNode | undefined, path: KeyPath): string {
  const key = formatKey(path.filter((segment) => typeof segment === "string").slice(-1));
  const examples = node?.example;
  if (examples === undefined) return key;
  return `it, for example ${key} = ${typeof examples === "string" ? JSON.stringify(examples) : JSON.stringify(examples)}`;
}
