import {
  ConnectorError,
  formatRfc3339,
  type MessageCodec,
  type MessageFrames,
  showHeaders,
  showPayload,
} from "@iggy-connectors/runtime/messages";
import { printable, printableJson } from "@iggy-connectors/runtime/printable";
import { EXIT } from "../exit-codes.ts";
import { parseWholeNumber } from "../options.ts";
import { outputClosed } from "../output/closed-output.ts";
import { messagePlace } from "../output/message-place.ts";
import { dim, Printer } from "../output/printer.ts";
import { type IggyOptions, withIggy } from "./connection.ts";
import { parseStart } from "./parse-start.ts";
import { readTopic } from "./read-topic.ts";
import { codecOf, type SchemaOptions } from "./schema-options.ts";

export interface ConsumeOptions extends IggyOptions, SchemaOptions {
  readonly from: string;
  readonly partition?: string;
  readonly messages?: string;
  readonly follow?: boolean;
  readonly payloadOnly?: boolean;
}

/** Prints the messages of a topic. Throws `CliError`. */
export async function consumeMessages(stream: string, topic: string, options: ConsumeOptions): Promise<void> {
  const request = {
    stream,
    topic,
    partition: options.partition === undefined ? undefined : parseWholeNumber(options.partition, "--partition", 0),
    from: parseStart(options.from),
    follow: options.follow === true,
  };
  let left = options.messages === undefined ? Number.POSITIVE_INFINITY : parseWholeNumber(options.messages, "-n", 1);
  const codec = await codecOf(options, topic);
  const printer = new Printer(options);

  const print = (frames: MessageFrames, index: number): void => {
    const place = { stream, topic, partition: frames.partition, offset: frames.offset(index).toString() };
    const { payload, code, error } = payloadOf(codec, frames, index);
    if (error !== undefined) process.exitCode = EXIT.findings;
    if (options.payloadOnly === true && payload !== undefined) {
      printPayload(payload);
      return;
    }
    const shown = payload === undefined ? null : showPayload(payload, Number.POSITIVE_INFINITY);
    const headers = showHeaders(frames.headers(index));
    const timestamp = timeOf(frames.timestamp(index));
    const message = { ...place, id: frames.id(index).toString(), timestamp, headers, payload: shown, code, error };
    printer.line(message, (safe) => {
      const named = Object.keys(headers).length === 0 ? "" : ` ${printableJson(safe.headers)}`;
      const head = dim(`${messagePlace(safe)} ${timestamp}${named}`);
      return `${head} ${shown === null ? `${safe.code}: ${safe.error}` : printable(shown.data)}`;
    });
  };

  await withIggy(options, async (client) => {
    for await (const frames of readTopic(client, request)) {
      for (let index = 0; index < frames.length; index++) {
        if (outputClosed() || left === 0) return;
        left -= 1;
        print(frames, index);
      }
      if (left === 0) return;
    }
  });
}

/** The payload as text for people, or why it is not of the schema. */
function payloadOf(
  codec: MessageCodec,
  frames: MessageFrames,
  index: number,
): { readonly payload?: Uint8Array; readonly code?: string; readonly error?: string } {
  try {
    return { payload: codec.decode(frames, index) };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { code: error.code, error: error.message };
  }
}

/** A terminal gets no control characters; a pipe gets the bytes. */
function printPayload(payload: Uint8Array): void {
  if (process.stdout.isTTY) process.stdout.write(printable(Buffer.from(payload).toString()));
  else process.stdout.write(payload);
  process.stdout.write("\n");
}

function timeOf(microseconds: number): string | null {
  const seconds = Math.floor(microseconds / 1e6);
  return formatRfc3339({ seconds, nanos: (microseconds - seconds * 1e6) * 1000 }) ?? null;
}
