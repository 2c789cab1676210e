import { hash } from "node:crypto";
import type { HeaderEntry, HeaderValue, OutgoingMessage } from "@iggy-connectors/protocol";
import { encodeHeaders, headerText } from "@iggy-connectors/protocol/headers";
import type { FailureStage } from "@iggy-connectors/transforms";
import type { TaskSpec } from "../task/task-spec.ts";

/** A failed message as it is written to the dead-letter topic. */
export interface DeadLetter {
  readonly stage: FailureStage;
  readonly transform?: string | undefined;
  readonly code: string;
  readonly error: string;
  readonly attempts: number;
  readonly stream: string;
  readonly topic: string;
  /** Absent for a record that was never in Iggy. */
  readonly partition?: number;
  readonly offset?: bigint;
  readonly id?: bigint | undefined;
  /** When Iggy stored it, or what the source gave it, microseconds since the Unix epoch. */
  readonly timestamp?: number | undefined;
  /** What its producer gave it, where that is another time. */
  readonly originTimestamp?: number | undefined;
  readonly payload: Uint8Array;
  /** The original's; undefined: they could not be read. */
  readonly headers: readonly HeaderEntry[] | undefined;
}

/** Header values are cut to this many bytes, and a header block may have this many. */
const MAX_VALUE_BYTES = 255;
const MAX_HEADERS_BYTES = 100_000;
/** Bytes reserved for `dropped_headers`, in case it is needed. */
const DROPPED_HEADER_BYTES = 64;
/** Iggy takes no larger payload. */
const MAX_PAYLOAD_BYTES = 64_000_000;
/** Prefix of the names of the context headers. */
export const DEAD_LETTER_PREFIX = "dead_letter.";
/** Name, before its number, of the headers that hold original headers whose names begin with the prefix. */
export const APART_NAME = "original.";
/** What an original header needs more at most where it is kept apart: it lies in up to three pieces. */
const APART_BYTES = 3 * 64;

/** The message for the dead-letter topic: the original payload and headers, and the context of the failure. */
export function deadLetterMessage(letter: DeadLetter, spec: TaskSpec, now: number): OutgoingMessage {
  const limit = Math.min(spec.deadLetter.maxPayload || MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES);
  const size = letter.payload.length;
  const context = contextHeaders(letter, spec, now);
  if (size === 0 || size > limit) context.push(header("truncated", { kind: "uint64", value: BigInt(size) }));
  return {
    id: deadLetterId(letter, spec.key),
    payload: payloadOf(letter.payload, limit),
    headersBytes: headerBlock(letter.headers, context),
  };
}

/** Marks a dead letter, named by its offset in the dead-letter topic, as delivered in the end. */
export function resolutionMessage(letter: bigint): OutgoingMessage {
  return {
    payload: Uint8Array.of(0),
    headersBytes: encodeHeaders([
      header("version", { kind: "uint8", value: 1 }),
      header("resolves", { kind: "uint64", value: letter }),
    ]),
  };
}

/** A message cannot be empty, so an empty record becomes one zero byte (and `truncated` says 0). */
function payloadOf(payload: Uint8Array, limit: number): Uint8Array {
  if (payload.length === 0) return Uint8Array.of(0);
  return payload.length > limit ? payload.subarray(0, limit) : payload;
}

/** The same record that fails again at the same stage gets the same id, so that a replay is recognisable. */
export function deadLetterId(letter: DeadLetter, connector: string): bigint {
  const { stream, topic, partition, offset, stage } = letter;
  const identity =
    offset === undefined
      ? [connector, stream, topic, letter.id?.toString() ?? hash("sha256", letter.payload), stage]
      : [connector, stream, topic, partition, offset.toString(), stage];
  const digest = hash("sha256", JSON.stringify(identity));
  // An id of zero would be replaced by a random one.
  return BigInt(`0x${digest.slice(0, 32)}`) || 1n;
}

function contextHeaders(letter: DeadLetter, spec: TaskSpec, now: number): HeaderEntry[] {
  const headers: HeaderEntry[] = [header("version", { kind: "uint8", value: 1 })];
  const text = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") headers.push(header(name, { kind: "string", value: cut(value) }));
  };
  text("connector", spec.key);
  text("type", spec.type);
  headers.push(header("task", { kind: "uint32", value: spec.task }));
  text("stage", letter.stage);
  text("transform", letter.transform);
  text("code", letter.code);
  text("error", letter.error);
  headers.push(header("attempts", { kind: "uint32", value: letter.attempts }));
  headers.push(header("time", { kind: "uint64", value: BigInt(now) * 1000n }));
  text("stream", letter.stream);
  text("topic", letter.topic);
  if (letter.partition !== undefined) headers.push(header("partition", { kind: "uint32", value: letter.partition }));
  if (letter.offset !== undefined) headers.push(header("offset", { kind: "uint64", value: letter.offset }));
  // A source may produce values that Iggy cannot carry; the dead letter must be writable all the same.
  const { id } = letter;
  if (id !== undefined && BigInt.asUintN(128, id) === id) headers.push(header("id", { kind: "uint128", value: id }));
  const time = (name: string, value: number | undefined): void => {
    if (value === undefined || !Number.isSafeInteger(value) || value < 0) return;
    headers.push(header(name, { kind: "uint64", value: BigInt(value) }));
  };
  time("timestamp", letter.timestamp);
  time("origin_timestamp", letter.originTimestamp);
  return headers;
}

/**
 * Original headers first; those that exceed the limit are dropped from the end, and counted. Invariant 9: those whose names begin as
 * ours do are kept apart, encoded, so that a message can neither write nor hide what the runtime says about it.
 */
function headerBlock(original: readonly HeaderEntry[] | undefined, context: HeaderEntry[]): Uint8Array {
  const entries = original ?? [];
  const own = encodeHeaders(context);
  let size = own.length + DROPPED_HEADER_BYTES;
  const kept: Uint8Array[] = [];
  const apart: Uint8Array[] = [];
  let dropped = original === undefined ? 1 : 0;
  let full = false;
  for (const entry of entries) {
    const block = encodable(entry);
    const isApart = headerText(entry.key).startsWith(DEAD_LETTER_PREFIX);
    const needed = (block?.length ?? 0) + (isApart ? APART_BYTES : 0);
    full ||= block !== undefined && size + needed > MAX_HEADERS_BYTES;
    if (block === undefined || full) {
      dropped += 1;
      continue;
    }
    size += needed;
    (isApart ? apart : kept).push(block);
  }
  kept.push(own);
  if (apart.length > 0) kept.push(encodeHeaders(inPieces(Buffer.concat(apart))));
  if (dropped > 0) kept.push(encodeHeaders([header("dropped_headers", { kind: "uint32", value: dropped })]));
  return Buffer.concat(kept);
}

/** A header block that is kept apart: as many headers as its bytes need, numbered from 0. */
function inPieces(block: Buffer): HeaderEntry[] {
  const pieces: HeaderEntry[] = [];
  for (let start = 0; start < block.length; start += MAX_VALUE_BYTES) {
    const value = block.subarray(start, start + MAX_VALUE_BYTES);
    pieces.push(header(`${APART_NAME}${pieces.length}`, { kind: "raw", value }));
  }
  return pieces;
}

/** Undefined for a header that Iggy cannot carry, which may be the reason for this dead letter. */
function encodable(entry: HeaderEntry): Uint8Array | undefined {
  try {
    return encodeHeaders([entry]);
  } catch {
    return undefined;
  }
}

function header(name: string, value: HeaderValue): HeaderEntry {
  return { key: { kind: "string", value: `${DEAD_LETTER_PREFIX}${name}` }, value };
}

/** Cuts at the last whole character within the limit. */
function cut(text: string): string {
  const bytes = Buffer.from(text.toWellFormed(), "utf8");
  if (bytes.length <= MAX_VALUE_BYTES) return bytes.toString("utf8");
  let end = MAX_VALUE_BYTES;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}
