const SECRET_NAME = /auth|key|token|secret|cookie|password|credential/i;
const MASK = "******";

/** Replaces the given secrets wherever they appear in a text that may be logged: a server can echo what it was sent. */
export type Redact = (text: string) => string;

export function createRedaction(secrets: readonly string[]): Redact {
  // Longest first, so that a secret that contains another leaves no rest.
  const present = [...new Set(secrets.filter((secret) => secret !== ""))].sort((a, b) => b.length - a.length);
  return (text) => present.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

/** Values of the headers whose names speak of a secret. */
export function secretHeaderValues(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value]) => [value, value.replace(/^\S+\s+/, "")]);
}
