import { type HeaderValue, headerKindCode, type OptionDescription, type Options } from "@iggy-connectors/protocol";
import { RequestRefused, STATUS } from "../errors.ts";
import type { TopicEntry } from "./document.ts";
import { parseByteSize, parseDuration } from "./quantities.ts";

/** 2⁶⁴−1: a message never expires, a topic is unlimited. */
export const UNLIMITED = 18_446_744_073_709_551_615n;

const MIB = 1024n * 1024n;
const GIB = 1024n * MIB;
/** Iggy's limit for the segments of one topic together, where they are preallocated. */
const MAX_PREALLOCATION = 64n * GIB;

type OptionKind = "string" | "bool" | "uint32" | "uint64";

interface OptionDefinition {
  readonly kind: OptionKind;
  readonly defaultText: string;
  readonly description: string;
  /** May be changed after the topic was created. */
  readonly updatable: boolean;
  /** The canonical text of a value given as text; nothing when it is not allowed. "" means: not set. */
  parse(text: string): string | undefined;
}

/**
 * An option of 0.9.0-edge.5 that became `durability`. Described, and shown of a topic that was created with it, for the clients of
 * that build; topics that were not say nothing of it.
 */
const FORMER_DURABILITY_KEY = "enforce_fsync";

/** The options of a topic, sorted by key as replies name them. */
const DEFINITIONS: ReadonlyMap<string, OptionDefinition> = new Map<string, OptionDefinition>([
  ["compression_algorithm", words("none", ["none", "gzip"], "Compression that producers use; stored only", true)],
  [
    "consumer_offset_durability",
    words("replicated", ["replicated", "persisted"], "When a stored offset is acknowledged"),
  ],
  ["durability", words("replicated", ["replicated", "persisted"], "When a send is acknowledged")],
  [FORMER_DURABILITY_KEY, flag("The former name of durability = persisted")],
  [
    "max_topic_size",
    quantity("Bytes after which the oldest segments are deleted", parseByteSize, String(UNLIMITED), true),
  ],
  ["message_expiry", quantity("Microseconds after which messages are deleted", parseDuration, String(UNLIMITED), true)],
  ["messages_required_to_save", messagesRequiredToSave()],
  ["preallocate_segments", flag("Reserve disk space for new segments")],
  ["segment_size", quantity("Bytes of a log segment", parseSegmentSize, String(GIB), false)],
  ["size_of_messages_required_to_save", quantity("Bytes to save at once", parseSaveSize, String(MIB), false)],
]);

const UPDATABLE = new Map([...DEFINITIONS].filter(([, definition]) => definition.updatable));

/**
 * Checks the options of a create request.
 * @returns what the creator set, as text in the catalogue's form.
 * @throws RequestRefused 4041 for an unknown key, 4042 for a bad value (or too much to preallocate), 1019 for a topic
 * smaller than a segment.
 */
export function createdOptions(options: Options, partitionsCount: number): Record<string, string> {
  const texts = parsedOptions(options, DEFINITIONS);
  checkTopicSize(texts);
  checkPreallocation(texts, partitionsCount);
  return texts;
}

/**
 * Checks the options of an update; what is not named, or named as 0 (the server's choice), stays as it is. Throws as
 * {@link createdOptions}.
 */
export function updatedOptions(topic: TopicEntry, options: Options): Record<string, string> {
  const texts = { ...topic.options, ...parsedOptions(options, UPDATABLE) };
  checkTopicSize(texts);
  return texts;
}

function parsedOptions(options: Options, definitions: ReadonlyMap<string, OptionDefinition>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, value] of options) {
    const definition = definitions.get(key);
    if (definition === undefined) {
      throw new RequestRefused(STATUS.UnsupportedOptionKey, `option ${JSON.stringify(key)} is not supported here`);
    }
    const text = value.kind === "string" || value.kind === definition.kind ? String(value.value) : undefined;
    const canonical = text === undefined ? undefined : definition.parse(text.trim());
    if (canonical === undefined) {
      throw new RequestRefused(STATUS.InvalidOptionValue, `option ${key} has a value that is not allowed`);
    }
    if (canonical !== "") texts[key] = canonical;
  }
  return texts;
}

function checkTopicSize(texts: Readonly<Record<string, string>>): void {
  const size = BigInt(textOf(texts, "max_topic_size"));
  if (size < BigInt(textOf(texts, "segment_size"))) {
    throw new RequestRefused(STATUS.InvalidTopicSize, "max_topic_size is smaller than one segment");
  }
}

function checkPreallocation(texts: Readonly<Record<string, string>>, partitionsCount: number): void {
  if (texts.preallocate_segments !== "true") return;
  if (BigInt(textOf(texts, "segment_size")) * BigInt(partitionsCount) > MAX_PREALLOCATION) {
    throw new RequestRefused(STATUS.InvalidOptionValue, "preallocate_segments would reserve more than 64 GiB");
  }
}

function textOf(texts: Readonly<Record<string, string>>, key: string): string {
  return texts[key] ?? DEFINITIONS.get(key)?.defaultText ?? "";
}

/** What the options mean for the log of a topic. */
export interface TopicSettings {
  readonly compression: "none" | "gzip";
  /** Microseconds. */
  readonly messageExpiry: bigint;
  /** Bytes. */
  readonly maxTopicSize: bigint;
  /** Bytes. */
  readonly segmentSize: number;
  /** Sends wait for stable storage. */
  readonly persisted: boolean;
  /** Offset writes wait for stable storage. */
  readonly offsetsPersisted: boolean;
}

export function topicSettings(topic: Pick<TopicEntry, "options">): TopicSettings {
  const text = (key: string): string => textOf(topic.options, key);
  return {
    compression: text("compression_algorithm") === "gzip" ? "gzip" : "none",
    messageExpiry: BigInt(text("message_expiry")),
    maxTopicSize: BigInt(text("max_topic_size")),
    segmentSize: Number(text("segment_size")),
    persisted:
      text("durability") === "persisted" ||
      (topic.options.durability === undefined && text(FORMER_DURABILITY_KEY) === "true"),
    offsetsPersisted: text("consumer_offset_durability") === "persisted",
  };
}

/** The two option blocks of a topic record: what the creator set, and what the server filled in. */
export function optionBlocks(topic: Pick<TopicEntry, "options">): { explicit: Options; derived: Options } {
  const explicit = new Map<string, HeaderValue>();
  const derived = new Map<string, HeaderValue>();
  for (const [key, definition] of DEFINITIONS) {
    const text = topic.options[key];
    if (text === undefined && key === FORMER_DURABILITY_KEY) continue;
    if (text === undefined) derived.set(key, typed(definition.kind, definition.defaultText));
    else explicit.set(key, typed(definition.kind, text));
  }
  return { explicit, derived };
}

/** The catalogue, for clients that ask what a topic may be created with. */
export function describeTopicOptions(): OptionDescription[] {
  return [...DEFINITIONS].map(([key, { kind, defaultText, description }]) => ({
    key,
    kind: headerKindCode(kind),
    defaultValue: encoded(kind, defaultText),
    description,
  }));
}

function encoded(kind: OptionKind, text: string): Buffer {
  const bytes = Buffer.alloc(8);
  switch (kind) {
    case "string":
      return Buffer.from(text, "utf8");
    case "bool":
      return Buffer.of(text === "true" ? 1 : 0);
    case "uint32":
      return bytes.subarray(0, bytes.writeUInt32LE(Number(text)));
    case "uint64":
      return bytes.subarray(0, bytes.writeBigUInt64LE(BigInt(text)));
  }
}

function typed(kind: OptionKind, text: string): HeaderValue {
  switch (kind) {
    case "string":
      return { kind, value: text };
    case "bool":
      return { kind, value: text === "true" };
    case "uint32":
      return { kind, value: Number(text) };
    case "uint64":
      return { kind, value: BigInt(text) };
  }
}

function words(
  defaultText: string,
  allowed: readonly string[],
  description: string,
  updatable = false,
): OptionDefinition {
  return {
    kind: "string",
    defaultText,
    description,
    updatable,
    parse: (text) => allowed.find((word) => word === text.toLowerCase()),
  };
}

function flag(description: string): OptionDefinition {
  const parse = (text: string): string | undefined => (text === "true" || text === "false" ? text : undefined);
  return { kind: "bool", defaultText: "false", description, updatable: false, parse };
}

function quantity(
  description: string,
  parse: (text: string) => bigint | undefined,
  defaultText: string,
  updatable: boolean,
): OptionDefinition {
  return {
    kind: "uint64",
    defaultText,
    description,
    updatable,
    // 0 means "not set": the server's default applies.
    parse: (text) => {
      const value = parse(text);
      return value === 0n ? "" : value?.toString();
    },
  };
}

function messagesRequiredToSave(): OptionDefinition {
  return {
    kind: "uint32",
    defaultText: "1024",
    description: "Messages to save at once",
    updatable: false,
    parse: (text) => {
      const value = /^\d{1,8}$/.test(text) ? Number(text) : 0;
      return value >= 1 && value <= 16_777_216 ? String(value) : undefined;
    },
  };
}

function parseSegmentSize(text: string): bigint | undefined {
  const size = parseByteSize(text);
  if (size === undefined || size === 0n) return size;
  return size >= MIB && size <= GIB && size % 512n === 0n ? size : undefined;
}

function parseSaveSize(text: string): bigint | undefined {
  const size = parseByteSize(text);
  return size !== undefined && size <= GIB ? size : undefined;
}
