import type { Command } from "commander";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

/** Options of every command that talks to a running runtime. */
export interface CommonOptions {
  readonly config?: string;
  readonly api?: string;
  readonly apiKey?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Adds the common options, with their help. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("-c, --config <path>", "configuration file that has the API address; by default found as by `run`")
    .option("--api <url>", "address of the HTTP API; overrides the configuration")
    .option("--api-key <key>", "API key; prefer IGGY_CONNECTORS_HTTP_API_KEY, which is not visible in process lists")
    .option("--json", "print JSON")
    .option("-q, --quiet", "print only the result");
}

/** A number from the command line. Throws `CliError` (usage). `place`: the option. */
export function parseWholeNumber(text: string, place: string, minimum: number): number {
  if (/^\d{1,10}$/.test(text) && Number(text) >= minimum) return Number(text);
  throw new CliError(`must be a whole number of at least ${minimum}, not ${JSON.stringify(text)}`, {
    exitCode: EXIT.usage,
    place,
  });
}

/** For a position in a partition that is none of those that `--from` and `--to` accept. `place`: the option. */
export function invalidPosition(text: string, place: string): CliError {
  return new CliError(`${JSON.stringify(text)} is not a position in a partition`, {
    exitCode: EXIT.usage,
    place,
    fix: "use first, last, an offset such as 1200, or a time such as 2026-01-31T08:00:00Z",
  });
}
