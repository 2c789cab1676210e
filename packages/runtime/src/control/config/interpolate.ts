import { isTable, type KeyPath, setKey, type Table } from "../../shared/key-path.ts";
import { coerceText } from "../../shared/schema-tree/coerce.ts";
import { memberOf, type SchemaNode, typesOf } from "../../shared/schema-tree/schema-tree.ts";
import { causeOf } from "./problem.ts";
import { readValueFile, type ValueFileContext } from "./value-file.ts";

export interface Interpolation extends ValueFileContext {
  readonly environment: NodeJS.ProcessEnv;
  /** Told of every text that consisted of one placeholder: its value may be meant as another type. */
  readonly replaced?: (path: KeyPath) => void;
}

export interface InterpolationProblem {
  readonly path: KeyPath;
  readonly message: string;
  readonly fix: string;
}

/** `$${` is an escaped `${`; anything that is neither a variable's name nor `file:` is left unchanged. */
const PLACEHOLDER = /\$(\$\{)|\$\{(?:file:([^}]+)|([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?)\}/g;

/** What the placeholders of a text refer to: names of variables, and `file:` with a path. Escaped ones refer to nothing. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, escaped, file, name]) =>
    escaped !== undefined ? [] : file !== undefined ? [`file:${file}`] : [name!],
  );
}

/** The text with its placeholders escaped: it is read as it is written. */
export function withoutPlaceholders(text: string): string {
  return text.replaceAll(PLACEHOLDER, (whole, escaped) => (escaped === undefined ? `$${whole}` : whole));
}

const WHOLE = /^\$\{[^}]*\}$/;

/**
 * Replaces `${NAME}`, `${NAME:default}` and `${file:/path}` in every text of a document. Where the schema asks for another
 * type than text, the result is converted to that type.
 */
export function interpolate(
  value: unknown,
  tree: SchemaNode,
  context: Interpolation,
  problems: InterpolationProblem[],
): unknown {
  return walk(value, tree, []);

  function walk(node: unknown, schema: SchemaNode | undefined, path: KeyPath): unknown {
    if (typeof node === "string") return node.includes("${") ? text(node, schema, path) : node;
    if (Array.isArray(node)) {
      return node.map((item, index) => walk(item, schema && memberOf(schema, index), [...path, index]));
    }
    if (!isTable(node)) return node;
    const table: Table = {};
    for (const [key, member] of Object.entries(node)) {
      setKey(table, key, walk(member, schema && memberOf(schema, key), [...path, key]));
    }
    return table;
  }

  function text(written: string, schema: SchemaNode | undefined, path: KeyPath): unknown {
    const result = written.replace(PLACEHOLDER, (whole, escaped, file, name, fallback) => {
      if (escaped !== undefined) return escaped;
      if (file !== undefined) return readValue(file, path) ?? whole;
      const set = context.environment[name];
      if (set !== undefined && set !== "") return set;
      if (fallback !== undefined) return fallback;
      problems.push({
        path,
        message: `environment variable ${name} is not set`,
        fix: `set it, give a default as \${${name}:default}, or write $\${${name}} for the literal text`,
      });
      return whole;
    });
    if (WHOLE.test(written)) context.replaced?.(path);
    if (schema === undefined || typesOf(schema).size === 0 || typesOf(schema).has("string")) return result;
    return coerceText(result, schema) ?? result;
  }

  function readValue(file: string, path: KeyPath): string | undefined {
    try {
      return readValueFile(file, context);
    } catch (error) {
      problems.push({
        path,
        message: `file ${file} cannot be read: ${causeOf(error)}`,
        fix: "check the path and the permissions",
      });
      return undefined;
    }
  }
}
