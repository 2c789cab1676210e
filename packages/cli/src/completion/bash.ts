import type { CompletedCommand } from "./tree.ts";

/** For `source <(iggy-connectors completion bash)`. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const cases = commands.map((command) => {
    const words = [...command.commands.map(({ name }) => name), ...command.choices].join(" ");
    const options = command.options.map(({ name }) => name).join(" ");
    const connectors =
      command.connectors === undefined
        ? ""
        : `\n      [[ $cur == -* ]] || words+=" $(iggy-connectors __connectors ${command.connectors} 2>/dev/null)"`;
    return `    "${command.path.join(" ")}")\n      words="${words}" options="${options}"${connectors}\n      ;;`;
  });
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => `"${path.join(" ")}"`);
  return `# Completion of iggy-connectors for bash.
_iggy_connectors() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path="" next words options i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
      ${paths.join(" | ")}) path=$next ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  if [[ $cur == -* ]]; then words=$options; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _iggy_connectors iggy-connectors
`;
}
