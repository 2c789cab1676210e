import type { KeyPath } from "../../../shared/key-path.ts";

/** The result of a parser: the value, and the lines of exact paths. Parsers throw `SyntaxProblem`. */
export interface ParsedText {
  readonly value: unknown;
  readonly lineAt: (path: KeyPath) => number | undefined;
}

/** A file does not have the syntax that its ending promises. */
export class SyntaxProblem extends Error {
  readonly line: number | undefined;
  constructor(message: string, line: number | undefined) {
    super(message);
    this.line = line;
  }
}
