import { Argument, type Command } from "commander";
import { ApiClient } from "../api/client.ts";
import { findApi } from "../api/target.ts";
import { bashCompletion } from "../completion/bash.ts";
import { fishCompletion } from "../completion/fish.ts";
import { completionTree } from "../completion/tree.ts";
import { zshCompletion } from "../completion/zsh.ts";
import { EXIT } from "../exit-codes.ts";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** Milliseconds. A shell waits for the names, and its user for the shell. */
const PATIENCE = 1500;

/** `iggy-connectors completion`, and the hidden command that its scripts ask for the connectors' names. */
export function completionCommand(program: Command): void {
  program
    .command("completion")
    .description("print a script that lets a shell complete commands, options and names of connectors")
    .addArgument(new Argument("<shell>", "which shell").choices(Object.keys(SHELLS)))
    .addHelpText(
      "after",
      `
bash:  source <(iggy-connectors completion bash)          in ~/.bashrc
zsh:   source <(iggy-connectors completion zsh)           in ~/.zshrc, after compinit
fish:  iggy-connectors completion fish > ~/.config/fish/completions/iggy-connectors.fish`,
    )
    .action((shell: keyof typeof SHELLS) => {
      process.stdout.write(SHELLS[shell](completionTree(program)));
    });

  program
    .command("__connectors", { hidden: true })
    .argument("[type]")
    .action(async (type: string | undefined) => {
      // Where no runtime answers, there is nothing to complete and nothing to say.
      setTimeout(() => process.exit(EXIT.done), PATIENCE).unref();
      const names = await namesOf(type).catch(() => []);
      process.stdout.write(names.map((name) => `${name}\n`).join(""));
    });
}

async function namesOf(type: string | undefined): Promise<string[]> {
  const api = new ApiClient(await findApi({}));
  const types = (["source", "sink"] as const).filter((one) => type === undefined || type === "any" || type === one);
  const lists = await Promise.all(types.map((one) => api.get<readonly { readonly key: string }[]>(`/${one}s`)));
  return lists.flatMap((list, index) => list.map(({ key }) => `${types[index]}/${key}`));
}
