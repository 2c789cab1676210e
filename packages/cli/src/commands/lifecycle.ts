import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "../options.ts";
import { withProgress } from "../output/progress.ts";
import { openSession } from "./session.ts";

const ACTIONS = [
  ["pause", "finish what is in hand, store it, and take nothing new; kept over restarts of the runtime", "paused"],
  ["resume", "go on with a paused connector", "resumed"],
  ["stop", "stop a connector until it is started again; kept over restarts of the runtime", "stopped"],
  ["start", "start a stopped connector", "started"],
  ["restart", "stop a connector and start it with the active version of its configuration", "restarted"],
] as const;

/** The commands that change what one connector should do. Each returns when it is done. */
export function lifecycleCommands(program: Command): void {
  for (const [action, description, done] of ACTIONS) {
    withCommonOptions(program.command(action))
      .description(description)
      .argument("<connector...>", "sink/<key>, source/<key>, or <key>")
      .action(async (names: readonly string[], options: CommonOptions) => {
        const { api, printer, connector } = await openSession(options);
        // All names are looked up first: with a wrong one among them nothing happens.
        const connectors = await Promise.all(names.map(connector));
        for (const { type, key, path } of connectors) {
          await withProgress(`${type}/${key}: ${action}`, options, api.post(`${path}/${action}`));
          printer.done({ connector: `${type}/${key}`, done }, `${type}/${key} ${done}`);
        }
      });
  }
}
