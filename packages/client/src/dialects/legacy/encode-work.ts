import {
  type BatchWriter,
  type Command,
  indexFrames,
  legacy,
  POLL_PREFIX_SIZE,
  type SendTarget,
} from "@iggy-connectors/protocol";
import type { Work } from "../../connection/work.ts";
import { CODE, IggyError } from "../../errors/errors.ts";

/** The layout of a command. @throws IggyError 5, naming the server, where its servers do not have the command. */
export function layoutOf<Request, Response>(command: Command<Request, Response>, server: string) {
  const layout = legacy.layoutOf(command);
  if (layout !== undefined) return layout;
  throw new IggyError(CODE.featureUnavailable, {
    command: command.name,
    detail: `${server} does not have this command`,
    advice: "it came with Iggy 0.9: upgrade the server, or do without",
  });
}

/** A whole request frame. Throws `ProtocolError` when the dialect cannot carry the request. */
export function encodeWork(command: Command<unknown, unknown>, work: Work, server: string): Buffer {
  if (work.kind === "batch") return encodeBatch(work.batch, work.target);
  if (work.kind === "messages") {
    return legacy.encodeSendMessages({ ...work.target, messages: work.messages }, nowMicros());
  }
  return legacy.encodeRequest(layoutOf(command, server), work.request);
}

/** A batch is written as servers since 0.9 store it; for an older one its messages are copied again. */
function encodeBatch(batch: BatchWriter, target: SendTarget): Buffer {
  const now = nowMicros();
  const record = batch.finishRecord(now);
  const prefix = Buffer.alloc(POLL_PREFIX_SIZE);
  prefix.writeUInt32LE(batch.count, 12);
  const frames = indexFrames(Buffer.concat([prefix, record]));
  const writer = new legacy.MessageWriter(record.length + frames.length * 64, frames.length);
  for (let i = 0; i < frames.length; i++) {
    const headersBytes = frames.headersBytes(i);
    const timestamp = frames.originTimestamp(i);
    writer.add(frames.payload(i), { id: frames.id(i), headersBytes, timestamp });
  }
  return writer.finishSend(target, now);
}

function nowMicros(): number {
  return Date.now() * 1000;
}
