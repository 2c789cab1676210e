import type { IggyClient } from "@iggy-connectors/client";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { type IggyOptions, withIggy, withIggyOptions } from "../iggy/connection.ts";
import { ensureTopic } from "../iggy/topics.ts";
import { parseWholeNumber } from "../options.ts";
import { Printer } from "../output/printer.ts";
import { table } from "../output/table.ts";

interface CreateOptions extends IggyOptions {
  readonly partitions: string;
  readonly messageExpiry?: string;
  readonly maxSize?: string;
}

/** What the server takes for "never" and "unlimited". */
const NO_LIMIT = 2n ** 64n - 1n;

/** `iggy-connectors topic`: streams and topics of an Iggy server. */
export function register(program: Command): void {
  const topic = program.command("topic").description("list, create or delete topics of an Iggy server");

  withIggyOptions(topic.command("list", { isDefault: true }))
    .description("list the topics of a stream, or of all streams")
    .argument("[stream]", "name of a stream")
    .action(async (stream: string | undefined, options: IggyOptions) => {
      const topics = await withIggy(options, (client) => listTopics(client, stream));
      new Printer(options).result(topics, (shown) =>
        table(
          ["STREAM", "TOPIC", "PARTITIONS", "MESSAGES", "BYTES"],
          shown.map((one) => [one.stream, one.topic, one.partitions, one.messages, one.bytes]),
        ),
      );
    });

  withIggyOptions(topic.command("create"))
    .description("create a topic, and its stream where that is missing")
    .argument("<stream>", "name of the stream")
    .argument("<topic>", "name of the topic")
    .option("--partitions <number>", "number of partitions", "1")
    .option("--message-expiry <duration>", "how long messages are kept, such as 7d; default: the server's")
    .option("--max-size <size>", "how large the topic may become, such as 10GB; default: the server's")
    .addHelpText("after", "\nExample:\n  iggy-connectors topic create shop orders --partitions 4 --message-expiry 7d")
    .action(async (stream: string, name: string, options: CreateOptions) => {
      const partitionsCount = parseWholeNumber(options.partitions, "--partitions", 1);
      const { messageExpiry, maxSize } = options;
      const { parseByteSize, parseDuration } = await import("@iggy-connectors/runtime/messages");
      const expiry = parsed(parseDuration, messageExpiry, "--message-expiry");
      const size = parsed(parseByteSize, maxSize, "--max-size");
      const created = await withIggy(options, (client) =>
        ensureTopic(client, {
          stream,
          name,
          partitionsCount,
          ...(expiry === undefined
            ? {}
            : { messageExpiry: expiry === 0 ? NO_LIMIT : BigInt(Math.round(expiry * 1000)) }),
          ...(size === undefined ? {} : { maxTopicSize: size === 0 ? NO_LIMIT : size }),
        }),
      );
      if (!created) {
        throw new CliError(`topic ${stream}/${name} exists`, {
          exitCode: EXIT.failed,
          code: "IGC_IGGY_TOPIC_NAME_ALREADY_EXISTS",
          fix: "`iggy-connectors topic list` shows its partitions",
        });
      }
      new Printer(options).done({ stream, topic: name, done: "created" }, `topic ${stream}/${name} created`);
    });

  withIggyOptions(topic.command("delete"))
    .description("delete a topic with all of its messages")
    .argument("<stream>", "name of the stream")
    .argument("<topic>", "name of the topic")
    .requiredOption("--yes", "confirm the deletion, which cannot be undone")
    .action(async (stream: string, name: string, options: IggyOptions) => {
      await withIggy(options, (client) => client.deleteTopic(stream, name));
      new Printer(options).done({ stream, topic: name, done: "deleted" }, `topic ${stream}/${name} deleted`);
    });
}

/** The value of an option in a form that configuration files have, too. Throws `CliError` (usage). `place`: the option. */
function parsed(parse: (text: string) => number, text: string | undefined, place: string): number | undefined {
  try {
    return text === undefined ? undefined : parse(text);
  } catch (error) {
    const { code, message, fix } = error as { readonly code: string; readonly message: string; readonly fix: string };
    throw new CliError(message, { exitCode: EXIT.usage, code, place, fix });
  }
}

async function listTopics(client: IggyClient, only: string | undefined) {
  if (only !== undefined && (await client.getStream(only)) === undefined) {
    throw new CliError(`stream ${only} does not exist`, {
      exitCode: EXIT.failed,
      code: "IGC_IGGY_STREAM_NAME_NOT_FOUND",
      fix: "`iggy-connectors topic list` lists the topics of all streams",
    });
  }
  const streams = only === undefined ? (await client.getStreams()).map(({ name }) => name) : [only];
  const topics = await Promise.all(streams.map(async (stream) => ({ stream, found: await client.getTopics(stream) })));
  return topics.flatMap(({ stream, found }) =>
    found.map((one) => ({
      stream,
      topic: one.name,
      partitions: one.partitionsCount,
      messages: Number(one.messagesCount),
      bytes: Number(one.size),
    })),
  );
}
