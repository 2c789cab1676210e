import type { KeyPath } from "../../../shared/key-path.ts";

/** What one format's reader gives: any value, and lines for exact paths. Throws `SyntaxProblem`. */
export interface ParsedText {
  readonly value: unknown;
  readonly lineAt: (path: KeyPath) => number | undefined;
}

/** A file is not what its ending says. */
export class SyntaxProblem extends Error {
  readonly line: number | undefined;
  constructor(message: string, line: number | undefined) {
    super(message);
    this.line = line;
  }
}
