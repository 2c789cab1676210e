import { markedSecrets, SECRET_MASK } from "@iggy-connectors/sdk/internal";
import { escapePattern } from "./escape-pattern.ts";

/** Shorter values, and words like the default password, would mask half of every line. */
const MIN_LENGTH = 5;
const MAX_DEPTH = 8;
const SECRET_FIELD = /(password|passphrase|secret|token|api[_-]?key|authorization|credential)/i;
/** `scheme://user:password@host`, and the values of query parameters that are named like secrets. */
const URL_PASSWORD = /(:\/\/[^\s/?#:@"']{0,256}:)(?!\$\{)[^\s/?#@"']{1,1024}(?=@)/g;
const QUERY_SECRET =
  /([?&](?:password|passwd|pwd|token|access_token|api_?key|secret|sig|signature)=)(?!\$\{)[^&\s"'#]+/gi;

/** The known secrets, which it replaces in everything that is shown. The HTTP layer of connectors has its own, for what servers echo. */
export class Redaction {
  readonly #secrets = new Set<string>();
  /** Matches all secrets; `undefined`: to be built again. */
  #pattern: RegExp | undefined;

  add(secret: unknown): void {
    if (typeof secret !== "string" || secret.length < MIN_LENGTH || this.#secrets.has(secret)) return;
    // As it is written in a URL or in quotes.
    for (const form of [secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)]) {
      this.#secrets.add(form);
    }
    this.#pattern = undefined;
  }

  /** All values that the JSON Schema of a configuration marks as secret. */
  addMarked(schema: unknown, value: unknown): void {
    if (typeof schema !== "object" || schema === null) return;
    for (const secret of markedSecrets(schema as Readonly<Record<string, unknown>>, value)) this.add(secret);
  }

  text(text: string): string {
    const known = this.#secrets.size === 0 ? text : text.replaceAll(this.#secretsPattern(), SECRET_MASK);
    if (!known.includes("://") && !known.includes("=")) return known;
    return known.replaceAll(URL_PASSWORD, `$1${SECRET_MASK}`).replaceAll(QUERY_SECRET, `$1${SECRET_MASK}`);
  }

  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return this.#value(fields, 0) as Record<string, unknown>;
  }

  #secretsPattern(): RegExp {
    // Longest first: a secret that begins with another one is replaced whole.
    this.#pattern ??= new RegExp(
      [...this.#secrets]
        .sort((a, b) => b.length - a.length)
        .map(escapePattern)
        .join("|"),
      "g",
    );
    return this.#pattern;
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Error) return this.text(value.message);
    if (value instanceof Uint8Array) return `${value.length} bytes`;
    if (depth > MAX_DEPTH) return "…";
    if (Array.isArray(value)) return value.map((item) => this.#value(item, depth + 1));
    const entries = Object.entries(value).map(([key, member]) => {
      const masked = SECRET_FIELD.test(key) && typeof member === "string" && member !== "";
      return [key, masked ? SECRET_MASK : this.#value(member, depth + 1)] as const;
    });
    return Object.fromEntries(entries);
  }
}
