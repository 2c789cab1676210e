import type { EXIT } from "./exit-codes.ts";

/** Why a command could not do what was asked, and what the user can do. Shown without a stack. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: (typeof EXIT)[keyof typeof EXIT];
  readonly code: string | undefined;
  readonly place: string | undefined;
  readonly fix: string | undefined;

  constructor(
    message: string,
    options: {
      readonly exitCode: (typeof EXIT)[keyof typeof EXIT];
      readonly code?: string | undefined;
      readonly place?: string | undefined;
      readonly fix?: string | undefined;
    },
  ) {
    super(message);
    this.exitCode = options.exitCode;
    this.code = options.code;
    this.place = options.place;
    this.fix = options.fix;
  }
}
