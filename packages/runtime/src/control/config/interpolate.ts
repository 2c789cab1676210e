import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isTable, type KeyPath, setKey, type Table } from "../../shared/key-path.ts";
import { coerceText } from "../../shared/schema-tree/coerce.ts";
import { memberOf, type SchemaNode, typesOf } from "../../shared/schema-tree/schema-tree.ts";
import { causeOf } from "./problem.ts";

export interface Interpolation {
  readonly environment: NodeJS.ProcessEnv;
  /** Relative `${file:…}` paths start here. */
  readonly workingDirectory: string;
  /** Told of every value that came from a file, since those are usually secrets. */
  readonly secret: (value: string) => void;
  /** Told of every text that was nothing but a placeholder: what stands there now may be meant as another type. */
  readonly replaced?: (path: KeyPath) => void;
}

export interface InterpolationProblem {
  readonly path: KeyPath;
  readonly message: string;
  readonly fix: string;
}

/** `$${` stands for itself; what is neither a variable's name nor `file:` is left as it is. */
const PLACEHOLDER = /\$(\$\{)|\$\{(?:file:([^}]+)|([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?)\}/g;
const WHOLE = /^\$\{[^}]*\}$/;

/**
 * Replaces `${NAME}`, `${NAME:default}` and `${file:/path}` in every text of a document. Where the schema wants another
 * type than text, the replaced text is given that type. A file's content loses its final line break.
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

  function text(source: string, schema: SchemaNode | undefined, path: KeyPath): unknown {
    const result = source.replace(PLACEHOLDER, (whole, escaped, file, name, fallback) => {
      if (escaped !== undefined) return escaped;
      if (file !== undefined) return readValue(file, path) ?? whole;
      const set = context.environment[name];
      if (set !== undefined && set !== "") return set;
      if (fallback !== undefined) return fallback;
      problems.push({
        path,
        message: `environment variable ${name} is not set`,
        fix: `set it, give a default as \${${name}:default}, or write $\${${name}} for the text itself`,
      });
      return whole;
    });
    if (WHOLE.test(source)) context.replaced?.(path);
    if (schema === undefined || typesOf(schema).size === 0 || typesOf(schema).has("string")) return result;
    return coerceText(result, schema) ?? result;
  }

  function readValue(file: string, path: KeyPath): string | undefined {
    try {
      const content = readFileSync(resolve(context.workingDirectory, file), "utf8").replace(/\r?\n$/, "");
      context.secret(content);
      return content;
    } catch (error) {
      problems.push({ path, message: `file ${file} cannot be read: ${causeOf(error)}`, fix: "check path and rights" });
      return undefined;
    }
  }
}
