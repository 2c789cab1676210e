import { type Command, Option } from "commander";
import { LoadingSignals } from "../loading-signals.ts";
import type { ServerCommandOptions } from "../server.ts";

/** `iggy-connectors server`. */
export function register(program: Command): void {
  program
    .command("server")
    .description("run the embedded Iggy-compatible server, for development, demos and tests")
    .option("-a, --address <host:port>", "address to listen on; port 0 picks a free port (IGGY_TCP_ADDRESS)")
    .option("-p, --path <folder>", "data folder (default: IGGY_SYSTEM_PATH, else ./local_data)")
    .addOption(
      new Option(
        "--fsync <when>",
        "when to sync to disk: topic (as each topic says), always (IGGY_SYSTEM_PARTITION_ENFORCE_FSYNC=true) or never",
      ).choices(["topic", "always", "never"]),
    )
    .option("--json", "write log lines as JSON")
    .addHelpText(
      "after",
      "\nThe root user is iggy with the password iggy, unless IGGY_ROOT_USERNAME and IGGY_ROOT_PASSWORD are set at the first start.",
    )
    .action(async (options: ServerCommandOptions) => {
      const loading = new LoadingSignals();
      const { runServer } = await import("../server.ts");
      const ended = runServer(options);
      loading.release();
      process.exitCode = await ended;
    });
}
