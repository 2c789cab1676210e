import type { IggyClient, IggyProducer } from "@iggy-connectors/client";
import {
  ConnectorError,
  type HeaderEntry,
  type MessageCodec,
  type OutgoingMessage,
  type Partitioning,
  pause,
} from "@iggy-connectors/runtime/messages";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { type Line, readLines } from "../input/lines.ts";
import { parseWholeNumber } from "../options.ts";
import { Printer } from "../output/printer.ts";
import { withProgress } from "../output/progress.ts";
import { type IggyOptions, withIggy } from "./connection.ts";
import { codecOf, type SchemaOptions } from "./schema-options.ts";
import { ensureTopic, findTopic, partitionsOf } from "./topics.ts";

export interface ProduceOptions extends IggyOptions, SchemaOptions {
  readonly file?: string;
  readonly header?: readonly string[];
  readonly key?: string;
  readonly partition?: string;
  readonly rate?: string;
  readonly create?: boolean;
}

/** Milliseconds that one portion of messages covers where there is a rate. */
const PORTION = 100;

/** Sends arguments, or lines. Throws `CliError`. */
export async function produceMessages(
  stream: string,
  topic: string,
  messages: string[],
  options: ProduceOptions,
): Promise<void> {
  const partitioning = partitioningOf(options);
  const headers = (options.header ?? []).map(parseHeader);
  const rate = options.rate === undefined ? undefined : parseWholeNumber(options.rate, "--rate", 1);
  if (messages.length > 0 && options.file !== undefined) {
    throw new CliError("messages are given as arguments and as a file", { exitCode: EXIT.usage, place: "--file" });
  }
  const codec = await codecOf(options, topic);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());

  const file = options.file ?? "-";
  const place = messages.length > 0 ? "argument" : file === "-" ? "standard input" : file;
  if (messages.length === 0 && file === "-" && process.stdin.isTTY && options.quiet !== true) {
    process.stderr.write("One message a line; Ctrl-D ends.\n");
  }
  const lines = messages.length > 0 ? given(messages) : readLines(file, "--file", stop.signal);
  const sending: Sending = {
    place,
    codec,
    headers,
    rate,
    signal: stop.signal,
    sent: 0,
    failure: undefined,
  };
  await withProgress(() => `${sending.sent} messages sent to ${stream}/${topic}`, options, sendTo());

  const printer = new Printer(options);
  printer.done({ stream, topic, sent: sending.sent }, `${sending.sent} messages sent to ${stream}/${topic}`);
  if (sending.failure !== undefined) throw sending.failure;
  if (stop.signal.aborted) process.exitCode = EXIT.interrupted;

  function sendTo(): Promise<void> {
    return withIggy(options, async (client) => {
      await expectPlace(client, stream, topic, options);
      const producer = client.createProducer({ stream, topic, partitioning });
      try {
        await sendAll(producer, lines, sending);
      } finally {
        await producer.close();
      }
    });
  }
}

interface Sending {
  /** What the lines come from, for error places. */
  readonly place: string;
  readonly codec: MessageCodec;
  readonly headers: readonly HeaderEntry[];
  readonly rate: number | undefined;
  readonly signal: AbortSignal;
  /** Messages that Iggy has confirmed. */
  sent: number;
  /** Why a message could not be sent: those before it were. */
  failure: CliError | undefined;
}

/** Throws `CliError` where the topic, or the partition, does not exist. */
async function expectPlace(client: IggyClient, stream: string, topic: string, options: ProduceOptions): Promise<void> {
  if (options.create === true) await ensureTopic(client, { stream, name: topic, partitionsCount: 1 });
  const { partitions } = await findTopic(
    client,
    stream,
    topic,
    "add --create, or see `iggy-connectors topic create --help`",
  );
  if (options.partition !== undefined) partitionsOf(partitions, Number(options.partition));
}

/** Sends until the lines end, one of them cannot be encoded, a send fails, or the signal is aborted. Throws what a send failed with. */
async function sendAll(producer: IggyProducer, lines: AsyncIterable<Line[]>, sending: Sending): Promise<void> {
  let failed: { readonly error: unknown } | undefined;
  const pending = new Set<Promise<void>>();
  const send = (messages: readonly OutgoingMessage[]): void => {
    const confirmed = producer.send(messages).then(
      () => {
        sending.sent += messages.length;
      },
      (error: unknown) => {
        failed ??= { error };
      },
    );
    pending.add(confirmed);
    void confirmed.finally(() => pending.delete(confirmed));
  };
  const ended = (): boolean => failed !== undefined || sending.failure !== undefined || sending.signal.aborted;
  for await (const read of paced(lines, sending)) {
    if (ended()) break;
    const messages = encode(read, sending);
    if (messages.length > 0) send(messages);
    await producer.ready();
    if (ended()) break;
  }
  await Promise.all(pending);
  if (failed !== undefined) throw failed.error;
}

/** Up to the first line that cannot be encoded. */
function encode(lines: readonly Line[], sending: Sending): OutgoingMessage[] {
  const { codec, headers, place } = sending;
  const messages: OutgoingMessage[] = [];
  for (const { number, bytes } of lines) {
    try {
      messages.push({ payload: codec.encode(bytes), headers });
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      sending.failure = new CliError(`${error.message}; the messages before it were sent`, {
        exitCode: EXIT.failed,
        code: error.code,
        place: `${place}:${number}`,
        fix: error.fix,
      });
      break;
    }
  }
  return messages;
}

/** As they come, or in portions of a tenth of a second. */
async function* paced(lines: AsyncIterable<Line[]>, { rate, signal }: Sending): AsyncGenerator<Line[]> {
  if (rate === undefined) return yield* lines;
  const portion = Math.max(1, Math.floor((rate * PORTION) / 1000));
  let due = performance.now();
  for await (const read of lines) {
    for (let at = 0; at < read.length; at += portion) {
      await pause(Math.max(0, due - performance.now()), signal);
      if (signal.aborted) return;
      const part = read.slice(at, at + portion);
      due = Math.max(due, performance.now() - PORTION) + (part.length * 1000) / rate;
      yield part;
    }
  }
}

async function* given(messages: readonly string[]): AsyncGenerator<Line[]> {
  yield messages.map((text, index) => ({ number: index + 1, bytes: Buffer.from(text) }));
}

function partitioningOf({ key, partition }: ProduceOptions): Partitioning {
  if (key !== undefined && partition !== undefined) {
    throw new CliError("--key chooses the partition", { exitCode: EXIT.usage, place: "--partition" });
  }
  if (partition !== undefined) {
    return { kind: "partition", partition: parseWholeNumber(partition, "--partition", 0) };
  }
  if (key === undefined) return { kind: "balanced" };
  const bytes = Buffer.from(key);
  if (bytes.length < 1 || bytes.length > 255) {
    throw new CliError("a key has 1 to 255 bytes", { exitCode: EXIT.usage, place: "--key" });
  }
  return { kind: "key", key: bytes };
}

function parseHeader(text: string): HeaderEntry {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new CliError(`${JSON.stringify(text)} is not name=value`, { exitCode: EXIT.usage, place: "--header" });
  }
  for (const part of [name, value]) {
    if (Buffer.byteLength(part) <= 255) continue;
    throw new CliError("a header's name and value have at most 255 bytes", { exitCode: EXIT.usage, place: "--header" });
  }
  return { key: { kind: "string", value: name }, value: { kind: "string", value } };
}
