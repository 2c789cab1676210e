import type { ApiTappedMessage } from "@iggy-connectors/runtime/api-types";
import { printable } from "@iggy-connectors/runtime/printable";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { CONNECTOR_NAME_HELP } from "../connector-name.ts";
import { EXIT } from "../exit-codes.ts";
import { type CommonOptions, withCommonOptions } from "../options.ts";
import { outputClosed } from "../output/closed-output.ts";
import { messagePlace } from "../output/message-place.ts";
import { dim } from "../output/printer.ts";
import { openSession } from "../session.ts";

interface TailOptions extends CommonOptions {
  readonly rate: string;
  readonly max?: string;
  readonly bytes: string;
  readonly point?: string;
}

/** `iggy-connectors tail`: sampled messages of a connector. */
export function register(program: Command): void {
  withCommonOptions(program.command("tail"))
    .description("show sampled messages of a connector, before and after each transform")
    .argument("<connector>", CONNECTOR_NAME_HELP)
    .option("--rate <number>", "maximum messages per second", "10")
    .option("--max <number>", "end after this many messages")
    .option("--bytes <number>", "maximum payload bytes per message", "4096")
    .option("--point <name>", "show only this point: in, the name of a transform, or out")
    .addHelpText("after", "\nPress Ctrl-C to stop.")
    .action(async (name: string, options: TailOptions) => {
      const { api, printer, connector } = await openSession(options);
      const { path } = await connector(name);
      const query = new URLSearchParams({ rate: options.rate, bytes: options.bytes });
      if (options.max !== undefined) query.set("max", options.max);
      for await (const { event, data } of api.events(`${path}/tap?${query}`)) {
        if (outputClosed()) break;
        if (event === "error") throw new CliError(data, { exitCode: EXIT.failed });
        if (event !== "message") continue;
        const message = JSON.parse(data) as ApiTappedMessage;
        if (options.point !== undefined && message.point !== options.point) continue;
        printer.line(message, (shown) => textOf(shown, message.payload?.data));
      }
    });
}

/** `data`: the payload as it came, which keeps its line breaks. */
function textOf(message: ApiTappedMessage, data = ""): string {
  const { point, payload, outcome, code, error } = message;
  const head = dim(`${messagePlace(message)} ${point}`);
  if (payload !== null) return `${head} ${printable(data)}${payload.truncated ? dim(" …") : ""}`;
  return `${head} ${outcome}${code === undefined ? "" : `, ${code}: ${error ?? ""}`}`;
}
