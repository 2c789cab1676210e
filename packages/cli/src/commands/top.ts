import { setTimeout as sleep } from "node:timers/promises";
import { printableJson } from "@iggy-connectors/runtime/printable";
import type { Command } from "commander";
import { type CommonOptions, parseWholeNumber, withCommonOptions } from "../options.ts";
import { outputClosed } from "../output/closed-output.ts";
import { connectorsView } from "../output/connectors-view.ts";
import { Screen } from "../output/screen.ts";
import { shownCopy } from "../output/shown.ts";
import { openSession } from "../session.ts";
import { listConnectors } from "./status.ts";

interface TopOptions extends CommonOptions {
  readonly interval: string;
  readonly once?: boolean;
}

/** Milliseconds: what is on the screen must not look current while the runtime does not answer. */
const ANSWER_TIMEOUT = 5000;

/** `iggy-connectors top`: the list of `status`, live. */
export function register(program: Command): void {
  withCommonOptions(program.command("top"))
    .description("show the state of all connectors live, the bad news first")
    .option("--interval <seconds>", "seconds between two readings", "2")
    .option("--once", "show it once, as `status` does")
    .addHelpText("after", "\nWith --json each reading is one line. Press Ctrl-C to stop.")
    .action(async (options: TopOptions) => {
      const interval = parseWholeNumber(options.interval, "--interval", 1) * 1000;
      const { api } = await openSession(options);
      const live = options.json !== true && options.once !== true && process.stdout.isTTY === true;
      using screen = new Screen(live);
      for (let reading = 0; !outputClosed(); reading++) {
        if (reading > 0) await sleep(interval);
        let text: string;
        try {
          const connectors = await listConnectors(api, live ? ANSWER_TIMEOUT : undefined);
          text = options.json === true ? printableJson(connectors) : connectorsView(shownCopy(connectors));
        } catch (error) {
          // A runtime that is being restarted comes back; the first reading says that there is none.
          if (reading === 0 || !live || !(error instanceof Error)) throw error;
          text = shownCopy(error.message);
        }
        screen.show(text);
        if (options.once === true) return;
      }
    });
}
