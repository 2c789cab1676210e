import type { ApiConnector } from "@iggy-connectors/runtime/api-types";
import { printableLine } from "@iggy-connectors/runtime/printable";
import { Argument, type Command } from "commander";
import { ApiClient } from "../api/client.ts";
import { findApi } from "../api/target.ts";
import { bashCompletion } from "../completion/bash.ts";
import { fishCompletion } from "../completion/fish.ts";
import { completionTree } from "../completion/tree.ts";
import { zshCompletion } from "../completion/zsh.ts";
import { EXIT } from "../exit-codes.ts";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** Milliseconds after which no names are offered: the user is waiting for the shell. */
const TIMEOUT = 1500;

/** `iggy-connectors completion`, and the hidden command from which its scripts get the names of the connectors. */
export function register(program: Command): void {
  program
    .command("completion")
    .description("print a shell script that completes commands, options and names of connectors")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SHELLS)))
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
      // If no runtime answers, no names are offered and no error is printed.
      setTimeout(() => process.exit(EXIT.done), TIMEOUT).unref();
      const names = await namesOf(type).catch(() => []);
      // A name that a shell could not type is not offered.
      process.stdout.write(
        names
          .filter((name) => printableLine(name) === name)
          .map((name) => `${name}\n`)
          .join(""),
      );
    });
}

async function namesOf(type: string | undefined): Promise<string[]> {
  const api = new ApiClient(await findApi({}));
  const types = (["source", "sink"] as const).filter((one) => type === undefined || type === "any" || type === one);
  const lists = await Promise.all(types.map((one) => api.get<readonly ApiConnector[]>(`/${one}s`)));
  return lists.flatMap((list, index) => list.map(({ key }) => `${types[index]}/${key}`));
}
