import type { Command } from "commander";
import { withIggyOptions } from "../iggy/connection.ts";
import type { ProduceOptions } from "../iggy/produce-messages.ts";
import { withSchemaOptions } from "../iggy/schema-options.ts";

/** `iggy-connectors produce`: messages into a topic. */
export function register(program: Command): void {
  withSchemaOptions(withIggyOptions(program.command("produce")), "bytes are sent as they are")
    .description("send messages to a topic: arguments, the lines of a file, or those of standard input")
    .argument("<stream>", "name of the stream")
    .argument("<topic>", "name of the topic")
    .argument("[message...]", "messages; without them lines are read")
    .option("--file <file>", "send the lines of this file; - is standard input, the default")
    .option("--header <name=value...>", "headers of every message")
    .option("--key <text>", "messages of one key go to one partition")
    .option("--partition <number>", "send to this partition; by default to all in turn")
    .option("--rate <number>", "maximum messages per second")
    .option("--create", "create the topic, and its stream, where they are missing")
    .addHelpText(
      "after",
      `
With --schema other than raw, each message is JSON, and is checked and encoded before it is sent. Blank lines are left out.
What was read before an error or Ctrl-C is sent.

Examples:
  iggy-connectors produce shop orders '{"id":1}' --schema json --create
  iggy-connectors produce shop orders --file orders.ndjson --schema avro --schema-path order.avsc
  generate | iggy-connectors produce shop orders --rate 1000`,
    )
    .action(async (stream: string, topic: string, messages: string[], options: ProduceOptions) => {
      const { produceMessages } = await import("../iggy/produce-messages.ts");
      await produceMessages(stream, topic, messages, options);
    });
}
