import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

/** The runtime's configuration as `run` would read it, for a command that needs one section of it. Throws `CliError`. */
export async function loadConfiguration(
  configPath: string | undefined,
  section: "http" | "iggy",
  fix = "correct the configuration",
) {
  // Not imported at the top: loading the runtime takes longer than loading all of the command's own modules.
  const { ConfigurationError, loadRuntimeConfig } = await import("@iggy-connectors/runtime/runtime-file");
  try {
    return await loadRuntimeConfig({ configPath, environment: process.env, workingDirectory: process.cwd(), section });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new CliError(error.message, { exitCode: EXIT.configuration, code: error.code, fix });
  }
}
