import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { type CommonOptions, withCommonOptions } from "../options.ts";
import { printable } from "../output/printable.ts";
import { dim } from "../output/printer.ts";
import { openSession } from "./session.ts";

interface TappedMessage {
  readonly point: string;
  readonly stream: string | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: string | null;
  readonly payload: { readonly data: string; readonly truncated: boolean } | null;
  readonly outcome?: "filtered" | "failed";
  readonly code?: string;
  readonly error?: string;
}

interface TailOptions extends CommonOptions {
  readonly rate: string;
  readonly max?: string;
  readonly bytes: string;
  readonly point?: string;
}

export function tailCommand(program: Command): void {
  withCommonOptions(program.command("tail"))
    .description("show sampled messages of a connector as they pass, before and after each transform")
    .argument("<connector>", "sink/<key>, source/<key>, or <key>")
    .option("--rate <number>", "messages per second at most", "10")
    .option("--max <number>", "end after this many")
    .option("--bytes <number>", "payload bytes per message at most", "4096")
    .option("--point <name>", "only this point: in, the name of a transform, or out")
    .addHelpText("after", "\nCtrl-C ends it.")
    .action(async (name: string, options: TailOptions) => {
      const { api, printer, connector } = await openSession(options);
      const { path } = await connector(name);
      const query = new URLSearchParams({ rate: options.rate, bytes: options.bytes });
      if (options.max !== undefined) query.set("max", options.max);
      for await (const { event, data } of api.events(`${path}/tap?${query}`)) {
        if (event === "error") throw new CliError(data, { exitCode: EXIT.failed });
        if (event !== "message") continue;
        const message = JSON.parse(data) as TappedMessage;
        if (options.point !== undefined && message.point !== options.point) continue;
        printer.line(message, () => textOf(message));
      }
    });
}

function textOf({ point, stream, topic, partition, offset, payload, outcome, code, error }: TappedMessage): string {
  const place = [stream, topic, partition].filter((part) => part !== null).join("/");
  const head = dim(`${place}${offset === null ? "" : ` @${offset}`} ${point}`);
  if (payload !== null) return `${head} ${printable(payload.data)}${payload.truncated ? dim(" …") : ""}`;
  return `${head} ${outcome}${code === undefined ? "" : `, ${code}: ${printable(error ?? "")}`}`;
}
