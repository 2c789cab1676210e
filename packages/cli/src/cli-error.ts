import type { ExitCode } from "./exit-codes.ts";

interface CliErrorOptions {
  readonly exitCode: ExitCode;
  readonly code?: string | undefined;
  readonly place?: string | undefined;
  readonly fix?: string | undefined;
}

/** Why a command failed, and what the user can do. Printed without a stack trace. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;
  readonly code: string | undefined;
  readonly place: string | undefined;
  readonly fix: string | undefined;

  constructor(message: string, { exitCode, code, place, fix }: CliErrorOptions) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
    this.place = place;
    this.fix = fix;
  }
}
