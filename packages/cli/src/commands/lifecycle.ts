import type { Command } from "commander";
import { CONNECTOR_NAME_HELP } from "../connector-name.ts";
import { type CommonOptions, withCommonOptions } from "../options.ts";
import { withProgress } from "../output/progress.ts";
import { openSession } from "../session.ts";

const ACTIONS = [
  [
    "pause",
    "finish the messages in flight and consume no more; a paused connector stays paused when the runtime restarts",
    "paused",
  ],
  ["resume", "resume a paused connector", "resumed"],
  ["stop", "stop a connector until it is started; it stays stopped when the runtime restarts", "stopped"],
  ["start", "start a stopped connector", "started"],
  ["restart", "stop a connector and start it with the active version of its configuration", "restarted"],
] as const;

/** `pause`, `resume`, `stop`, `start` and `restart`. Each returns when it is done. */
export function register(program: Command): void {
  for (const [action, description, done] of ACTIONS) {
    withCommonOptions(program.command(action))
      .description(description)
      .argument("<connector...>", CONNECTOR_NAME_HELP)
      .action(async (names: readonly string[], options: CommonOptions) => {
        const { api, printer, connector } = await openSession(options);
        // All names are resolved first: if one of them is wrong, nothing is changed.
        const connectors = await Promise.all(names.map(connector));
        for (const { type, key, path } of connectors) {
          await withProgress(`${type}/${key}: ${action}`, options, api.post(`${path}/${action}`));
          printer.done({ connector: `${type}/${key}`, done }, `${type}/${key} ${done}`);
        }
      });
  }
}
