import type { HeaderEntry, MessageFrames } from "@iggy-connectors/protocol";
import { decodeHeaderEntries, headerText } from "@iggy-connectors/protocol/headers";
import { APART_NAME, DEAD_LETTER_PREFIX } from "./dead-letter-message.ts";

/** A dead letter as it is read from its topic. */
export interface DeadLetterRecord {
  /** Its offset in the dead-letter topic, by which operators name it. */
  readonly id: bigint;
  readonly task: number;
  readonly stage: string;
  readonly transform: string | undefined;
  readonly code: string;
  readonly error: string;
  readonly attempts: number;
  /** When it was written, microseconds since the Unix epoch. */
  readonly time: number;
  /** Where the message came from; for a source, where it was to go. */
  readonly stream: string;
  readonly topic: string;
  /** Absent for a record that was never in Iggy. */
  readonly partition: number | undefined;
  readonly offset: bigint | undefined;
  readonly messageId: bigint | undefined;
  /** Of the original message, microseconds since the Unix epoch: when Iggy stored it, or what the source gave it. */
  readonly timestamp: number | undefined;
  /** What its producer gave it. Absent for a record that was never in Iggy, and in dead letters of earlier versions. */
  readonly originTimestamp: number | undefined;
  /** Original size in bytes, where the payload was cut. */
  readonly truncated: number | undefined;
  /** Original headers that are missing here. */
  readonly droppedHeaders: number;
  readonly payload: Uint8Array;
  readonly headers: readonly HeaderEntry[];
}

/** A message of a dead-letter topic: a dead letter, the resolution of one, or something that the runtime did not write. */
export type TopicEntry =
  | { readonly kind: "letter"; readonly record: DeadLetterRecord }
  | { readonly kind: "resolved"; readonly letter: bigint }
  | { readonly kind: "foreign" };

/** Headers that the runtime adds have this version. */
const VERSION = 1n;

/** Reads message `index`; the payload is a copy, so that the frames can be released. */
export function readEntry(frames: MessageFrames, index: number): TopicEntry {
  const headers = headersOf(frames, index);
  if (headers === undefined) return { kind: "foreign" };
  const { own, original } = separate(headers);
  if (integer(own.get("version")) !== VERSION) return { kind: "foreign" };
  const resolves = integer(own.get("resolves"));
  // A resolution says nothing else; a letter that says so, too, was made of a message with such a header.
  if (resolves !== undefined && own.size === 2 && original.length === 0) return { kind: "resolved", letter: resolves };
  return {
    kind: "letter",
    record: {
      id: frames.offset(index),
      task: Number(integer(own.get("task")) ?? 0n),
      stage: text(own.get("stage")) ?? "",
      transform: text(own.get("transform")),
      code: text(own.get("code")) ?? "",
      error: text(own.get("error")) ?? "",
      attempts: Number(integer(own.get("attempts")) ?? 1n),
      time: number(own.get("time")) ?? frames.timestamp(index),
      stream: text(own.get("stream")) ?? "",
      topic: text(own.get("topic")) ?? "",
      partition: number(own.get("partition")),
      offset: integer(own.get("offset")),
      messageId: integer(own.get("id")),
      timestamp: number(own.get("timestamp")),
      originTimestamp: number(own.get("origin_timestamp")),
      truncated: number(own.get("truncated")),
      droppedHeaders: number(own.get("dropped_headers")) ?? 0,
      payload: Uint8Array.from(frames.payload(index)),
      headers: original,
    },
  };
}

interface SeparatedHeaders {
  /** What the runtime wrote, by its name without the prefix. */
  readonly own: ReadonlyMap<string, unknown>;
  /** The message's. */
  readonly original: readonly HeaderEntry[];
}

/**
 * The runtime writes its own headers behind the message's, beginning with the version; whatever looks like one of them before that is
 * the message's (earlier versions did not keep such headers apart).
 */
function separate(headers: readonly HeaderEntry[]): SeparatedHeaders {
  const begin = headers.findLastIndex(({ key }) => headerText(key) === `${DEAD_LETTER_PREFIX}version`);
  const own = new Map<string, unknown>();
  const original: HeaderEntry[] = [];
  for (const [index, entry] of headers.entries()) {
    const name = headerText(entry.key);
    if (begin !== -1 && index >= begin && name.startsWith(DEAD_LETTER_PREFIX)) {
      own.set(name.slice(DEAD_LETTER_PREFIX.length), entry.value.value);
    } else original.push(entry);
  }
  return { own, original: [...original, ...keptApart(own)] };
}

/** The message's headers whose names begin as the runtime's do. */
function keptApart(own: ReadonlyMap<string, unknown>): HeaderEntry[] {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = own.get(`${APART_NAME}${pieces.length}`);
    if (!(piece instanceof Uint8Array)) break;
    pieces.push(piece);
  }
  try {
    return decodeHeaderEntries(Buffer.concat(pieces));
  } catch {
    return [];
  }
}

function headersOf(frames: MessageFrames, index: number): HeaderEntry[] | undefined {
  try {
    return decodeHeaderEntries(frames.headersBytes(index));
  } catch {
    return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function integer(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function number(value: unknown): number | undefined {
  const whole = integer(value);
  return whole === undefined ? undefined : Number(whole);
}
