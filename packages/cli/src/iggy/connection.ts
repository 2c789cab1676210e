import type { IggyClient } from "@iggy-connectors/client";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { loadConfiguration } from "../configuration.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";

/** Options of every command that talks to Iggy itself. */
export interface IggyOptions {
  readonly config?: string;
  readonly iggy?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Milliseconds. Somebody waits for the answer. */
const REQUEST_TIMEOUT = 10_000;

/** Iggy's codes of a server that cannot be reached, and of a login that it refuses. */
const UNREACHABLE: ReadonlySet<number> = new Set([8, 9, 12001]);
const NOT_LOGGED_IN: ReadonlySet<number> = new Set([40, 42, 43, 44, 47, 53, 54]);
const NO_SUCH_STREAM: ReadonlySet<number> = new Set([1009, 1010]);
const NO_SUCH_TOPIC: ReadonlySet<number> = new Set([2010, 2011]);

/** Adds the options that say which server is meant, with their help. */
export function withIggyOptions(command: Command): Command {
  return command
    .option("-c, --config <path>", "configuration file with the section [iggy]; by default found as by `run`")
    .option("--iggy <address>", "address of Iggy, host:port; overrides the configuration")
    .option("--json", "print JSON")
    .option("-q, --quiet", "print only the result");
}

/**
 * Runs `work` with a client that is logged in with the access of the runtime's configuration, and closes it. Throws `CliError`
 * where Iggy cannot be reached or refuses a call.
 */
export async function withIggy<Result>(
  options: IggyOptions,
  work: (client: IggyClient) => Promise<Result>,
): Promise<Result> {
  const { iggyAccess } = await import("@iggy-connectors/runtime/runtime-file");
  const { iggyCode } = await import("@iggy-connectors/runtime/error-codes");
  const { IggyClient, IggyError } = await import("@iggy-connectors/client");
  const { iggy } = (await loadConfiguration(options.config, "iggy")).config;
  const address = options.iggy ?? iggy.address;
  try {
    await using client = await IggyClient.connect({
      ...iggyAccess({ ...iggy, address }, process.cwd()),
      requestTimeout: REQUEST_TIMEOUT,
      verifyChecksums: "messages",
    });
    return await work(client);
  } catch (error) {
    if (!(error instanceof IggyError)) throw error;
    throw new CliError(error.message, {
      exitCode: exitCodeOf(error.code),
      code: UNREACHABLE.has(error.code) ? "IGC_IGGY_UNREACHABLE" : iggyCode(error.codeName),
      place: `Iggy at ${address}`,
      fix: fixOf(error.code),
    });
  }
}

function exitCodeOf(code: number): ExitCode {
  return UNREACHABLE.has(code) ? EXIT.unreachable : EXIT.failed;
}

function fixOf(code: number): string | undefined {
  if (UNREACHABLE.has(code)) {
    return "start it (`iggy-connectors server` starts the embedded one), correct iggy.address, or name another with --iggy";
  }
  if (NOT_LOGGED_IN.has(code)) return "correct iggy.username and iggy.password, or iggy.token, in the configuration";
  if (NO_SUCH_STREAM.has(code)) return "`iggy-connectors topic list` shows what exists";
  if (NO_SUCH_TOPIC.has(code)) return "`iggy-connectors topic list` shows what exists; `topic create` creates one";
  return undefined;
}
