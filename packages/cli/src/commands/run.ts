import type { Command } from "commander";
import { LoadingSignals } from "../loading-signals.ts";

/** A first word that is no command is a mistake, not an argument of `run`. */
const isDefault = process.argv[2]?.startsWith("-") ?? true;

/** `iggy-connectors run`, which is also what the program does without a command. */
export function register(program: Command): void {
  program
    .command("run", { isDefault })
    .description("run the connectors of a configuration (the default command)")
    .option(
      "-c, --config <path>",
      "configuration file (default: IGGY_CONNECTORS_CONFIG_PATH, else config.toml in this folder or one above)",
    )
    .addHelpText(
      "after",
      "\nEvery key can be set in the environment: IGGY_CONNECTORS_ and its path, such as IGGY_CONNECTORS_IGGY_ADDRESS.\nSIGINT and SIGTERM stop the runtime: messages in flight are finished and offsets are stored. A second signal ends it at once.",
    )
    .action(async (options: { config?: string }) => {
      const loading = new LoadingSignals();
      const { PreparedWorker } = await import("@iggy-connectors/runtime/prepared-worker");
      const preparedWorker = new PreparedWorker();
      const { runProcess } = await import("@iggy-connectors/runtime/process");
      const ended = runProcess({ configPath: options.config, preparedWorker });
      loading.release();
      process.exitCode = await ended;
    });
}
