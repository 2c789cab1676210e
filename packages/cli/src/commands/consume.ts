import type { Command } from "commander";
import { EXIT } from "../exit-codes.ts";
import { withIggyOptions } from "../iggy/connection.ts";
import type { ConsumeOptions } from "../iggy/consume-messages.ts";
import { withSchemaOptions } from "../iggy/schema-options.ts";

/** `iggy-connectors consume`: messages of a topic. */
export function register(program: Command): void {
  withSchemaOptions(withIggyOptions(program.command("consume")), "payloads are shown as they are")
    .description("print the messages of a topic; no offset is stored")
    .argument("<stream>", "name of the stream")
    .argument("<topic>", "name of the topic")
    .option(
      "--from <where>",
      "first, last, an offset, an RFC 3339 time, or -10 for the last ten messages of each partition",
      "first",
    )
    .option("--partition <number>", "only this partition")
    .option("-n, --messages <number>", "end after this many messages")
    .option("-f, --follow", "wait for more messages at the end")
    .option("-p, --payload-only", "print only the payloads, each followed by a line break")
    .addHelpText(
      "after",
      `
Partitions are read one after the other. Press Ctrl-C to stop.

Examples:
  iggy-connectors consume shop orders --schema json --follow
  iggy-connectors consume shop orders --from 2026-01-31T08:00:00Z -n 10 --json
  iggy-connectors consume shop orders --schema proto --schema-path order.proto --message-type shop.v1.Order -p | jq .

Exit code: ${EXIT.done} every message was read, ${EXIT.findings} a message is not of the schema, ${EXIT.unreachable} Iggy cannot be reached.`,
    )
    .action(async (stream: string, topic: string, options: ConsumeOptions) => {
      const { consumeMessages } = await import("../iggy/consume-messages.ts");
      await consumeMessages(stream, topic, options);
    });
}
