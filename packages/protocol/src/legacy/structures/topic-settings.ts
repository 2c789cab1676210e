import { ProtocolError } from "../../errors.ts";
import type { Reader } from "../../primitives/reader.ts";
import type { Writer } from "../../primitives/writer.ts";
import type { HeaderValue, Options } from "../../values/headers.ts";
import { readCompression, writeCompression } from "../../vsr/structures/fields/compression.ts";

/*
 * settings of a topic to create or update:
 *   compression u8, message_expiry u64 (µs), max_topic_size u64 (bytes), replication_factor u8
 *
 * To callers these are the options of the same names, as in the dialect `vsr`. 0 stands for "not given", but only a
 * create turns it into the server's default; an update stores it, so an update must state every value.
 */
const COMPRESSION = "compression_algorithm";
const MESSAGE_EXPIRY = "message_expiry";
const MAX_TOPIC_SIZE = "max_topic_size";
export const REPLICATION_FACTOR = "replication_factor";

const KNOWN: ReadonlySet<string> = new Set([COMPRESSION, MESSAGE_EXPIRY, MAX_TOPIC_SIZE, REPLICATION_FACTOR]);

/** An update replaces these; the factor 0 counts as 1 everywhere. */
const NEEDED_BY_UPDATE = [COMPRESSION, MESSAGE_EXPIRY, MAX_TOPIC_SIZE];

const UNSUPPORTED_OPTION_KEY = 4041;
const INVALID_OPTION_VALUE = 4042;

/** Throws {@link ProtocolError} for an option that a legacy server does not know, or of another kind than it stores. */
export function writeTopicSettings(writer: Writer, options: Options = new Map()): void {
  for (const key of options.keys()) {
    if (KNOWN.has(key)) continue;
    const known = [...KNOWN].join(", ");
    const message = `servers up to 0.8 do not know the topic option ${JSON.stringify(key)}, only ${known}`;
    throw new ProtocolError(message, undefined, UNSUPPORTED_OPTION_KEY);
  }
  const compression = optionOf(options, COMPRESSION, "string") ?? "none";
  if (compression !== "none" && compression !== "gzip") throw invalid(COMPRESSION, 'is "none" or "gzip"');
  writeCompression(writer, compression);
  writer.u64(optionOf(options, MESSAGE_EXPIRY, "uint64") ?? 0n).u64(optionOf(options, MAX_TOPIC_SIZE, "uint64") ?? 0n);
  writer.u8(replicationFactor(options) ?? 0);
}

/** As above, and every value that an update replaces must be among the options. */
export function writeAllTopicSettings(writer: Writer, options: Options = new Map()): void {
  const missing = NEEDED_BY_UPDATE.filter((key) => !options.has(key));
  if (missing.length > 0) {
    const message = `servers up to 0.8 replace every setting of a topic: state ${missing.join(", ")} too, see get_topic`;
    throw new ProtocolError(message, undefined, INVALID_OPTION_VALUE);
  }
  writeTopicSettings(writer, options);
}

/** What was given: 0 is left out. */
export function readTopicSettings(reader: Reader): Options {
  const options = new Map([...readAllTopicSettings(reader)]);
  for (const key of [MESSAGE_EXPIRY, MAX_TOPIC_SIZE]) if (options.get(key)?.value === 0n) options.delete(key);
  return options;
}

/** Every value, 0 too; a replication factor of 0 is left out. */
export function readAllTopicSettings(reader: Reader): Options {
  const options = new Map<string, HeaderValue>();
  options.set(COMPRESSION, { kind: "string", value: readCompression(reader) });
  options.set(MESSAGE_EXPIRY, { kind: "uint64", value: reader.u64() });
  options.set(MAX_TOPIC_SIZE, { kind: "uint64", value: reader.u64() });
  const factor = reader.u8();
  if (factor !== 0) options.set(REPLICATION_FACTOR, { kind: "uint8", value: factor });
  return options;
}

export function replicationFactor(options: Options): number | undefined {
  return optionOf(options, REPLICATION_FACTOR, "uint8");
}

interface ValueOf {
  readonly string: string;
  readonly uint8: number;
  readonly uint64: bigint;
}

function optionOf<Kind extends keyof ValueOf>(options: Options, key: string, kind: Kind): ValueOf[Kind] | undefined {
  const option = options.get(key);
  if (option === undefined) return undefined;
  if (option.kind !== kind) throw invalid(key, `has the kind ${kind} here, found ${option.kind}`);
  return option.value as ValueOf[Kind];
}

function invalid(key: string, problem: string): ProtocolError {
  return new ProtocolError(`topic option ${key} ${problem}`, undefined, INVALID_OPTION_VALUE);
}
