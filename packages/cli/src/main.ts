#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { Command, CommanderError, Option } from "commander";
import { CliError } from "./cli-error.ts";
import { checkCommand } from "./commands/check.ts";
import { checkpointCommand } from "./commands/checkpoint.ts";
import { completionCommand } from "./commands/completion.ts";
import { deadLettersCommand } from "./commands/dead-letters.ts";
import { dryRunCommand } from "./commands/dry-run.ts";
import { lifecycleCommands } from "./commands/lifecycle.ts";
import { offsetsCommand } from "./commands/offsets.ts";
import { statusCommand } from "./commands/status.ts";
import { tailCommand } from "./commands/tail.ts";
import { EXIT } from "./exit-codes.ts";
import { LoadingSignals } from "./loading-signals.ts";
import type { ServerCommandOptions } from "./server.ts";

// Compiling some hundred modules is most of a start; the next one finds them compiled.
enableCompileCache();

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = new Command("iggy-connectors")
  .description("Moves data between Apache Iggy streams and everything else. Without a command it runs the connectors.")
  .version(version, "-V, --version")
  .helpOption("-h, --help")
  .showHelpAfterError("(iggy-connectors --help lists the commands)")
  .exitOverride()
  // `run` and `server` finish what is in hand; every other command ends at once when it is interrupted.
  .hook("preAction", (_, command) => {
    if (!["run", "server"].includes(command.name())) process.once("SIGINT", () => process.exit(EXIT.interrupted));
  });

program
  .command("run", { isDefault: true })
  .description("run the connectors of a configuration (the default)")
  .option("-c, --config <path>", "configuration file; else IGGY_CONNECTORS_CONFIG_PATH, else config.toml here or above")
  .addHelpText(
    "after",
    "\nEvery key can be set by the environment: IGGY_CONNECTORS_ + its path, such as IGGY_CONNECTORS_IGGY_ADDRESS.\nSIGINT and SIGTERM stop it: what is in hand is finished, offsets are stored. A second signal ends at once.",
  )
  .action(async (options: { config?: string }) => {
    const loading = new LoadingSignals();
    const { runProcess } = await import("@iggy-connectors/runtime");
    const ended = runProcess(options.config === undefined ? {} : { configPath: options.config });
    loading.release();
    process.exitCode = await ended;
  });

checkCommand(program);
dryRunCommand(program);

program
  .command("schemas")
  .description("write the JSON Schemas of all configuration files, for editors")
  .argument("[folder]", "where to", "schemas")
  .addHelpText(
    "after",
    "\nTOML names its schema in a comment, #:schema ./schemas/sinks/stdout.json; YAML and JSON in the key $schema.",
  )
  .action(async (folder: string) => {
    const { writeSchemas } = await import("./schemas.ts");
    process.exitCode = await writeSchemas(folder);
  });

program
  .command("server")
  .description("run the embedded Iggy-compatible server, for development, demos and tests")
  .option("-a, --address <host:port>", "address to listen on; port 0 picks a free one (IGGY_TCP_ADDRESS)")
  .option("-p, --path <folder>", "data folder (IGGY_SYSTEM_PATH, else ./local_data)")
  .addOption(
    new Option(
      "--fsync <when>",
      "when to wait for the disk: as each topic says, always (IGGY_SYSTEM_PARTITION_ENFORCE_FSYNC=true), never",
    ).choices(["topic", "always", "never"]),
  )
  .option("--json", "log lines as JSON")
  .addHelpText(
    "after",
    "\nThe root user is iggy with password iggy unless IGGY_ROOT_USERNAME and IGGY_ROOT_PASSWORD say otherwise at the first start.",
  )
  .action(async (options: ServerCommandOptions) => {
    const loading = new LoadingSignals();
    const { runServer } = await import("./server.ts");
    const ended = runServer(options);
    loading.release();
    process.exitCode = await ended;
  });

statusCommand(program);
lifecycleCommands(program);
offsetsCommand(program);
checkpointCommand(program);
deadLettersCommand(program);
tailCommand(program);
completionCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  else if (error instanceof CliError) process.exitCode = tell(error);
  else throw error;
}

function tell({ exitCode, code, place, message, fix }: CliError): number {
  const head = [code, place === undefined ? undefined : `(${place})`].filter((part) => part !== undefined).join(" ");
  process.stderr.write(`${head === "" ? "" : `${head}: `}${message}${fix === undefined ? "" : `\n  ${fix}`}\n`);
  return exitCode;
}
