import type { CompletedCommand } from "./tree.ts";

/** For `source <(iggy-connectors completion zsh)`, or a file `_iggy-connectors` in a folder of `$fpath`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const cases = commands.map((command) => {
    const fixed = [...command.commands, ...command.choices.map((name) => ({ name, description: "" }))];
    const connectors =
      command.connectors === undefined
        ? ""
        : `\n      [[ $PREFIX == -* ]] || found+=(\${(f)"$(iggy-connectors __connectors ${command.connectors} 2>/dev/null)"})`;
    return `    "${command.path.join(" ")}")
      found=(${fixed.map(entry).join(" ")})
      options=(${command.options.map(entry).join(" ")})${connectors}
      ;;`;
  });
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => `"${path.join(" ")}"`);
  return `#compdef iggy-connectors
# Completion of iggy-connectors for zsh.
_iggy_connectors() {
  local at="" next word
  local -a found options
  for word in \${words[2,CURRENT-1]}; do
    next="\${at:+$at }$word"
    case "$next" in
      ${paths.join(" | ")}) at=$next ;;
    esac
  done
  case "$at" in
${cases.join("\n")}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe option options
  elif (( \${#found} )); then
    _describe word found
  else
    _files
  fi
}
compdef _iggy_connectors iggy-connectors
`;
}

/** `name:description` in quotes. A colon in the name is escaped: it would end the name. */
function entry({ name, description }: { readonly name: string; readonly description: string }): string {
  const text = `${name.replaceAll(":", "\\:")}${description === "" ? "" : `:${description}`}`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
