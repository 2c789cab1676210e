import { SECRET_MASK } from "@iggy-connectors/sdk";
import { escapePattern } from "../escape-pattern.ts";

/** Shorter values, and words like the default password, would blank out half of every line. */
const MIN_LENGTH = 5;
const SECRET_FIELD = /(password|passphrase|secret|token|api[_-]?key|authorization|credential)/i;

/** Knows the secrets in force and keeps them out of everything that is shown. */
export class Redaction {
  readonly #secrets = new Set<string>();
  #pattern: RegExp | undefined;

  add(secret: unknown): void {
    if (typeof secret !== "string" || secret.length < MIN_LENGTH || this.#secrets.has(secret)) return;
    this.#secrets.add(secret);
    // Longest first: a secret that begins with another one is replaced whole.
    const longestFirst = [...this.#secrets].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(longestFirst.map(escapePattern).join("|"), "g");
  }

  /** All values that the JSON Schema of a configuration marks as secret. */
  addMarked(schema: unknown, value: unknown): void {
    for (const secret of markedSecrets(schema, value)) this.add(secret);
  }

  text(text: string): string {
    return this.#pattern === undefined ? text : text.replaceAll(this.#pattern, SECRET_MASK);
  }

  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return this.#value(fields, 0) as Record<string, unknown>;
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null || depth > 8) return value;
    if (value instanceof Error) return this.text(value.message);
    if (value instanceof Uint8Array) return `${value.length} bytes`;
    if (Array.isArray(value)) return value.map((item) => this.#value(item, depth + 1));
    const entries = Object.entries(value).map(([key, member]) => {
      const masked = SECRET_FIELD.test(key) && typeof member === "string" && member !== "";
      return [key, masked ? SECRET_MASK : this.#value(member, depth + 1)] as const;
    });
    return Object.fromEntries(entries);
  }
}

function* markedSecrets(schema: unknown, value: unknown, depth = 0): Generator<string> {
  if (typeof schema !== "object" || schema === null || depth > 16) return;
  const node = schema as Record<string, unknown>;
  if (node.secret === true) {
    if (typeof value === "string") yield value;
    return;
  }
  for (const keyword of ["anyOf", "oneOf", "allOf"]) {
    const alternatives = node[keyword];
    if (Array.isArray(alternatives)) for (const one of alternatives) yield* markedSecrets(one, value, depth + 1);
  }
  if (Array.isArray(value)) for (const item of value) yield* markedSecrets(node.items, item, depth + 1);
  else if (typeof value === "object" && value !== null) {
    const properties = node.properties as Record<string, unknown> | undefined;
    for (const [key, member] of Object.entries(value)) {
      const known = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
      yield* markedSecrets(known ?? node.additionalProperties, member, depth + 1);
    }
  }
}
