import { JsonNumber } from "@iggy-connectors/sdk";
import { ArrayText, exactInteger, type JsonPart, JsonText, ObjectText, partAt } from "@iggy-connectors/sdk/internal";
import { type ExpressionNode, isNode, pathOf } from "./fields-of.ts";

/** The value of an expression put together of parts of the payload as they are written; undefined: not for this payload. */
export type MovedParts = (payload: unknown) => JsonPart | undefined;

/**
 * For an expression that computes nothing: a field of the payload, or a list or map of such fields and of constants. Its parts keep
 * their digits and their order, and nothing is decoded. Undefined: the expression computes.
 */
export function movedParts(node: unknown): MovedParts | undefined {
  const path = pathOf(node);
  if (path !== undefined) return (payload) => partAt(payload, path);
  return isNode(node) && (node.op === "list" || node.op === "map") ? movedContent(node) : undefined;
}

function movedContent(node: unknown): MovedParts | undefined {
  if (!isNode(node)) return undefined;
  switch (node.op) {
    case "list":
      return movedList(node);
    case "map":
      return movedMap(node);
    case "value":
      return constant(node.args);
    default: {
      const path = pathOf(node);
      return path === undefined ? undefined : (payload) => written(partAt(payload, path));
    }
  }
}

function movedList({ args }: ExpressionNode): MovedParts | undefined {
  const elements = (args as readonly unknown[]).map(movedContent);
  if (!areMoved(elements)) return undefined;
  return (payload) => {
    const parts = partsOf(elements, payload);
    return parts === undefined ? undefined : ArrayText.of(parts);
  };
}

function movedMap({ args }: ExpressionNode): MovedParts | undefined {
  const entries = args as readonly (readonly [key: unknown, value: unknown])[];
  const keys = entries.map(([key]) => (isNode(key) && key.op === "value" ? key.args : undefined));
  const members = entries.map(([, value]) => movedContent(value));
  // The evaluation has its own words for a key that is repeated or no text.
  if (!keys.every((key) => typeof key === "string") || new Set(keys).size < keys.length || !areMoved(members))
    return undefined;
  return (payload) => {
    const parts = partsOf(members, payload);
    return parts === undefined ? undefined : ObjectText.of(keys.map((key, index) => [key, parts[index]!] as const));
  };
}

function areMoved(parts: readonly (MovedParts | undefined)[]): parts is readonly MovedParts[] {
  return !parts.includes(undefined);
}

/** Undefined: one of them is missing, for which the evaluation has its own words. */
function partsOf(moved: readonly MovedParts[], payload: unknown): JsonPart[] | undefined {
  const parts: JsonPart[] = [];
  for (const part of moved) {
    const found = part(payload);
    if (found === undefined) return undefined;
    parts.push(found);
  }
  return parts;
}

function constant(value: unknown): MovedParts | undefined {
  if (typeof value === "bigint") return () => exactInteger(value);
  if (value === null || typeof value === "string" || typeof value === "boolean") return () => value;
  return typeof value === "number" && Number.isFinite(value) ? () => value : undefined;
}

/** What is decoded already, such as bytes of another schema, is left to the evaluation. */
function written(part: JsonPart | undefined): JsonPart | undefined {
  if (typeof part !== "object" || part === null) return part;
  return part instanceof JsonText || part instanceof JsonNumber ? part : undefined;
}
