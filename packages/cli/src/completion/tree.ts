import type { Command } from "commander";

/** Which connectors an argument names. */
type NamedConnectors = "any" | "sink" | "source";

/** A command as a shell completes it. */
export interface CompletedCommand {
  /** Words that lead to it, such as `["offsets", "reset"]`; none: the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  /** Long spellings. */
  readonly options: readonly { readonly name: string; readonly description: string }[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  /** Words that its argument may be, where these are fixed. */
  readonly choices: readonly string[];
  readonly connectors: NamedConnectors | undefined;
}

/** The program and all of its visible commands, read from the definitions that also parse them. */
export function completionTree(program: Command): CompletedCommand[] {
  const commands: CompletedCommand[] = [];
  walk(program, [], commands);
  return commands;
}

function walk(command: Command, path: readonly string[], into: CompletedCommand[]): void {
  const help = command.createHelp();
  const children = help.visibleCommands(command).filter((child) => child.name() !== "help");
  // A group answers as its default command, too.
  const standIn = children.find((child) => path.length > 0 && isDefault(command, child)) ?? command;
  into.push({
    path,
    description: command.description(),
    options: help
      .visibleOptions(standIn)
      .flatMap(({ long, description }) => (long == null ? [] : [{ name: long, description }])),
    commands: children.map((child) => ({ name: child.name(), description: child.description() })),
    choices: standIn.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    connectors: connectorsOf(standIn),
  });
  for (const child of children) walk(child, [...path, child.name()], into);
}

/** Commander keeps the default command's name and has no word for asking. */
function isDefault(group: Command, child: Command): boolean {
  return (group as unknown as { readonly _defaultCommandName?: string })._defaultCommandName === child.name();
}

function connectorsOf({ registeredArguments }: Command): NamedConnectors | undefined {
  const name = registeredArguments[0]?.name();
  if (name === "connector") return "any";
  return name === "sink" || name === "source" ? name : undefined;
}
