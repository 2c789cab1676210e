import { readdirSync, readFileSync } from "node:fs";
import {
  decodeReplyBody,
  decodeRequestHeader,
  findCommand,
  loginWithPassword,
  type MessageFrames,
  OPERATION,
  pollMessages,
} from "@iggy-connectors/protocol";
import { describeFrame } from "../raw-client.ts";

const FOLDER = new URL("../../../protocol/src/vsr/fixtures/0.9.0-edge.5/", import.meta.url);

/** A request as it was sent to a real server, and what that answered. */
export interface Exchange {
  /** Its place in the session, then what it is about. */
  readonly name: string;
  readonly request: Buffer;
  readonly answer: Buffer;
}

/** The exchanges of one recorded session with server 0.9.0-edge.5, in their order. */
export function recordedExchanges(): Exchange[] {
  return (
    readdirSync(FOLDER)
      .sort()
      .map((file) => {
        const { request_hex, response_hex } = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"));
        const request = Buffer.from(request_hex ?? "", "hex");
        return { name: file.replace(".json", ""), request, answer: Buffer.from(response_hex, "hex") };
      })
      // An eviction that comes unasked answers no request.
      .filter(({ request }) => request.length > 0)
  );
}

/** What an answer says, without what differs between two servers of one kind. */
export function meaningOf(request: Buffer, answer: Buffer): unknown {
  const reply = describeFrame(answer);
  if (reply.kind === "closed") return reply;
  if (reply.kind === "eviction") return [reply.reason, reply.minimumVersion, reply.maximumVersion];
  const { status, operation } = reply.header;
  if (status !== 0) return { status, operation };
  const { operation: asked, code } = decodeRequestHeader(request);
  const command = asked === OPERATION.register ? loginWithPassword : findCommand(asked, code);
  if (command === undefined) throw new Error(`no command ${asked}/${code}`);
  if (command === pollMessages) {
    const outcome = decodeReplyBody(pollMessages, reply.header, reply.body);
    return { operation, poll: outcome.ok ? pollOf(outcome.response) : outcome.code };
  }
  const outcome = decodeReplyBody<unknown, unknown>(command, reply.header, reply.body);
  return { operation, outcome: comparable(outcome.ok ? outcome.response : { result: outcome.code }) };
}

function pollOf(frames: MessageFrames): unknown {
  const messages = Array.from({ length: frames.length }, (_, index) => [
    frames.offset(index),
    frames.id(index),
    Buffer.from(frames.payload(index)).toString("hex"),
  ]);
  return { partition: frames.partition, currentOffset: frames.currentOffset, messages };
}

/** Microseconds since the Unix epoch are beyond this, and nothing else here is but the maxima. */
const EARLIEST_TIME = 1_000_000_000_000_000n;
const LATEST_TIME = 1_000_000_000_000_000_000n;
/** What no two servers have in common, and texts. Segments are counted before or after the first file is made. */
const OWN = new Set(
  "session serverVersion createdAt address token description ip tcpPort quicPort httpPort webSocketPort segmentsCount".split(
    " ",
  ),
);
/** Options that only one of the two dialects has, and the other one's way to ask for the same. */
const DIALECT_OPTIONS = new Set(["durability", "consumer_offset_durability", "enforce_fsync"]);

function comparable(value: unknown): unknown {
  if (typeof value === "bigint") return value > EARLIEST_TIME && value < LATEST_TIME ? "time" : value;
  if (value instanceof Map) return [...value].filter(([key]) => !DIALECT_OPTIONS.has(key)).map(comparable);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return comparableList(value);
  if (typeof value !== "object" || value === null) return value;
  // A client's number is its connection's.
  const entries = Object.entries(value).filter(([key]) => !OWN.has(key) && !(key === "id" && "transport" in value));
  return Object.fromEntries(entries.map(([key, inner]) => [key, comparable(inner)]));
}

/** Descriptions of options come in no fixed order. */
function comparableList(list: readonly { readonly key?: string }[]): unknown[] {
  const shared = list.filter(({ key }) => key === undefined || !DIALECT_OPTIONS.has(key));
  return shared.toSorted((left, right) => (left.key ?? "").localeCompare(right.key ?? "")).map(comparable);
}
