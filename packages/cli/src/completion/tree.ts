import type { Command } from "commander";

/** Which connectors an argument accepts. */
type NamedConnectors = "any" | "sink" | "source";

/** What a shell completes for a command. */
export interface CompletedCommand {
  /** Names that lead to it, such as `["offsets", "reset"]`. Empty: the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  /** Long forms only. */
  readonly options: readonly { readonly name: string; readonly description: string }[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  /** Values of its argument, if these are fixed. */
  readonly choices: readonly string[];
  readonly connectors: NamedConnectors | undefined;
}

/** The program and all of its visible commands, from the definitions that also parse the command line. */
export function completionTree(program: Command): CompletedCommand[] {
  const commands: CompletedCommand[] = [];
  walk(program, [], commands);
  return commands;
}

function walk(command: Command, path: readonly string[], into: CompletedCommand[]): void {
  const help = command.createHelp();
  const children = help.visibleCommands(command).filter((child) => child.name() !== "help");
  // A group of commands also accepts what its default command accepts.
  const accepting = children.find((child) => path.length > 0 && isDefault(command, child)) ?? command;
  into.push({
    path,
    description: command.description(),
    options: help
      .visibleOptions(accepting)
      .flatMap(({ long, description }) => (long == null ? [] : [{ name: long, description }])),
    commands: children.map((child) => ({ name: child.name(), description: child.description() })),
    choices: accepting.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    connectors: connectorsOf(accepting),
  });
  for (const child of children) walk(child, [...path, child.name()], into);
}

/** Commander stores the name of the default command, but has no public way to read it. */
function isDefault(group: Command, child: Command): boolean {
  return (group as unknown as { readonly _defaultCommandName?: string })._defaultCommandName === child.name();
}

function connectorsOf({ registeredArguments }: Command): NamedConnectors | undefined {
  const name = registeredArguments[0]?.name();
  if (name === "connector") return "any";
  return name === "sink" || name === "source" ? name : undefined;
}
