import { escapePattern } from "../../../shared/escape-pattern.ts";
import type { KeyPath } from "../../../shared/key-path.ts";
import { itemOf, propertiesOf, type SchemaNode, typesOf } from "../../../shared/schema-tree/schema-tree.ts";

/** A key that the environment can set. `#` in the name is replaced by the position in a list of tables. */
export interface Variable {
  readonly name: string;
  /** List positions are `#`, too. */
  readonly path: readonly string[];
  readonly node: SchemaNode;
}

const MAX_INDEX = 255;

/** All variables of a schema, by the original's rule: prefix, then the path in upper case with `_` between. */
export function variablesOf(tree: SchemaNode, prefix: string): readonly Variable[] {
  const variables: Variable[] = [];
  const visit = (node: SchemaNode, name: string, path: readonly string[]): void => {
    const properties = propertiesOf(node);
    const item = itemOf(node);
    if (properties !== undefined) {
      for (const [key, member] of Object.entries(properties)) {
        visit(member, `${name}_${key.toUpperCase()}`, [...path, key]);
      }
    } else if (item !== undefined && propertiesOf(item) !== undefined) visit(item, `${name}_#`, [...path, "#"]);
    else if (isAddressable(node)) variables.push({ name, path, node });
  };
  visit(tree, prefix, []);
  return variables;
}

/** Tables with free keys and values of any type cannot be in a fixed list of names. */
function isAddressable(node: SchemaNode): boolean {
  return node.additionalProperties === undefined && typesOf(node).size > 0;
}

export interface VariableMatch {
  readonly path: KeyPath;
  readonly node: SchemaNode;
}

/** The key that the variable `name` sets. */
export function matchVariable(variables: readonly Variable[], name: string): VariableMatch | undefined {
  for (const variable of variables) {
    if (!variable.name.includes("#")) {
      if (variable.name === name) return { path: variable.path, node: variable.node };
      continue;
    }
    const pattern = new RegExp(`^${variable.name.split("#").map(escapePattern).join("(\\d{1,3})")}$`);
    const match = pattern.exec(name);
    if (match === null) continue;
    const positions = match.slice(1).map(Number);
    if (positions.some((position) => position > MAX_INDEX)) return undefined;
    const path = variable.path.map((segment) => (segment === "#" ? positions.shift()! : segment));
    return { path, node: variable.node };
  }
  return undefined;
}
