import type { Command } from "commander";

/** Flags of every command that talks to a running runtime. */
export interface CommonOptions {
  readonly config?: string;
  readonly api?: string;
  readonly apiKey?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Adds the flags, with their help. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("-c, --config <path>", "configuration file that says where the API is; else found as `run` finds it")
    .option("--api <url>", "address of the runtime's HTTP API; wins over the configuration")
    .option("--api-key <key>", "its key; better set IGGY_CONNECTORS_HTTP_API_KEY, which no process list shows")
    .option("--json", "print JSON")
    .option("-q, --quiet", "print nothing but what was asked for");
}
