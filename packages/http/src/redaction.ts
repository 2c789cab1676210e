import { SECRET_MASK } from "@iggy-connectors/sdk/internal";
import { percentDecoded } from "./target-url.ts";

const SECRET_NAME = /auth|key|token|secret|cookie|password|credential|signature/i;

/**
 * Replaces secrets wherever they appear in a text that may be logged: a server can echo what it was sent. Of any length, and with
 * tokens that come and go; the runtime, which may be used without this package, has its own for configurations.
 */
export class Redaction {
  readonly #secrets = new Set<string>();
  /** Longest first, so that a secret that contains another is replaced whole. */
  #ordered: string[] = [];

  constructor(secrets: Iterable<string> = []) {
    this.add(secrets);
  }

  /** Also tokens that came later, each percent-encoded and as it is. */
  add(secrets: Iterable<string>): void {
    for (const secret of secrets) {
      if (secret === "") continue;
      this.#secrets.add(secret);
      this.#secrets.add(encodeURIComponent(secret.toWellFormed()));
    }
    this.#ordered = [...this.#secrets].sort((a, b) => b.length - a.length);
  }

  /** A secret that is no longer used, so that many refreshed tokens do not pile up. */
  remove(secret: string): void {
    this.#secrets.delete(secret);
    this.#secrets.delete(encodeURIComponent(secret.toWellFormed()));
    this.add([]);
  }

  apply(text: string): string {
    return this.#ordered.reduce((masked, secret) => masked.replaceAll(secret, SECRET_MASK), text);
  }
}

/** Values of the headers whose names speak of a secret. */
export function secretHeaderValues(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value]) => [value, value.replace(/^\S+\s+/, "")]);
}

/** The password in a proxy's URL, as it is written there and as it is meant. */
export function proxySecrets(proxy: string | undefined): string[] {
  if (proxy === undefined || !URL.canParse(proxy)) return [];
  const { password } = new URL(proxy);
  return [password, percentDecoded(password)];
}
