import type { CompletedCommand } from "./tree.ts";

/** For `iggy-connectors completion fish > ~/.config/fish/completions/iggy-connectors.fish`. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(" ")));
  const lines = commands.flatMap((command) => {
    const head = `complete -c iggy-connectors -n ${quoted(`test "$(__iggy_connectors_path)" = "${command.path.join(" ")}"`)}`;
    const connectors =
      command.connectors === undefined
        ? []
        : [`${head} -f -a '(iggy-connectors __connectors ${command.connectors} 2>/dev/null)'`];
    return [
      ...command.commands.map(({ name, description }) => `${head} -f -a ${name} -d ${quoted(description)}`),
      ...command.choices.map((choice) => `${head} -f -a ${choice}`),
      ...command.options.map(
        ({ name, description }) => `${head} -l ${name.replace(/^--/, "")} -d ${quoted(description)}`,
      ),
      ...connectors,
    ];
  });
  return `# Completion of iggy-connectors for fish.
function __iggy_connectors_path
  set -l at ""
  for word in (commandline -opc)[2..]
    set -l next (string trim "$at $word")
    if contains -- $next ${paths.join(" ")}
      set at $next
    end
  end
  echo $at
end
${lines.join("\n")}
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
