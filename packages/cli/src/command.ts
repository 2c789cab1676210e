import { readFileSync } from "node:fs";
import { printable, printableLine } from "@iggy-connectors/runtime/printable";
import { Command, CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import { COMMANDS } from "./commands/index.ts";
import { EXIT } from "./exit-codes.ts";
import { discardUnreadOutput } from "./output/closed-output.ts";

discardUnreadOutput();

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = new Command("iggy-connectors")
  .description("Moves data between Apache Iggy and other systems. Without a command it runs the connectors.")
  .version(version, "-V, --version")
  .helpOption("-h, --help")
  .showHelpAfterError("(iggy-connectors --help lists the commands)")
  .configureOutput({ writeErr: (text) => process.stderr.write(printable(text)) })
  .exitOverride()
  // These shut down cleanly; every other command ends at once when it is interrupted.
  .hook("preAction", (_, command) => {
    if (!["run", "server", "produce"].includes(command.name()))
      process.once("SIGINT", () => process.exit(EXIT.interrupted));
  });
for (const register of COMMANDS) register(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  else if (error instanceof CliError) process.exitCode = report(error);
  else throw error;
}

function report({ exitCode, code, place, message, fix }: CliError): number {
  const head = [code, place === undefined ? undefined : `(${place})`].filter((part) => part !== undefined).join(" ");
  // The reason may be that of a server, with names from outside.
  process.stderr.write(
    printable(`${head === "" ? "" : `${printableLine(head)}: `}${message}${fix === undefined ? "" : `\n  ${fix}`}\n`),
  );
  return exitCode;
}
