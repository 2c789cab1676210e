import { createHash } from "node:crypto";
import type { PartitionRef, StreamSelection } from "@iggy-connectors/sdk";

const PLACEHOLDER = /\{(\w+)\}/g;
/** What stays as it is in a folder, as in the original. */
const SAFE_NAME = /^[A-Za-z0-9._-]+$/;
/** Characters that encodeURIComponent leaves alone and that are not safe in every store and tool. */
const LEFT_ALONE = /[!~*'()]/g;
/** Between these characters of a template a value stands alone: no encoded name contains them. */
const SEPARATORS = /[^A-Za-z0-9._%{}-]+/;
const PARTITION_DIGITS = 5;
const TAG_DIGITS = 12;
/** The largest offset, 2⁶⁴ − 1, has 20 digits, so that names sort as offsets do. */
const OFFSET_DIGITS = 20;
/** Placeholders whose values differ between objects. */
const VALUES: ReadonlySet<string> = new Set([
  "stream",
  "topic",
  "partition",
  "date",
  "year",
  "month",
  "day",
  "hour",
  "timestamp",
]);
const MICROSECONDS = 1000;
const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;

/**
 * Names the folder of an object by its partition and the time of its first message. Names of streams and topics are written
 * as they are where every store and tool can hold them, else percent-encoded: two names never give one folder.
 */
export class FolderTemplate {
  readonly #template: string;
  /** Microseconds within which the folder stays the same; Infinity: time plays no part. */
  readonly #span: number;

  constructor(prefix: string | undefined, template: string) {
    this.#template = [prefix ?? "", template].map(trimSlashes).filter(Boolean).join("/");
    if (/\{hour\}/.test(template)) this.#span = HOUR;
    else this.#span = /\{(date|year|month|day)\}/.test(template) ? DAY : Number.POSITIVE_INFINITY;
  }

  /** Whether messages of these two times, microseconds, belong into one folder. `{timestamp}` is the first message's alone. */
  together(first: number, other: number): boolean {
    return this.#span === Number.POSITIVE_INFINITY || Math.floor(first / this.#span) === Math.floor(other / this.#span);
  }

  /** Whether no two of these topics can give one folder, whatever the times of their messages are. */
  separates(streams: readonly StreamSelection[]): boolean {
    const names = new Set(streams.map(({ stream }) => stream));
    const hasStream = this.#standsAlone("stream", names.size > 1);
    const hasTopic = this.#standsAlone("topic", names.size > 1);
    if (hasTopic && (hasStream || names.size <= 1)) return true;
    if (streams.some(({ pattern }) => pattern)) return false;
    const topics = streams.flatMap(({ topics }) => topics);
    const pairs = new Set(
      streams.flatMap(({ stream, topics }) => topics.map((topic) => JSON.stringify([stream, topic]))),
    );
    return (
      pairs.size <= 1 || (hasTopic && new Set(topics).size === pairs.size) || (hasStream && names.size === pairs.size)
    );
  }

  /** Whether a placeholder shares its part of the template, between two separators, with no other value that varies. */
  #standsAlone(name: string, streamVaries: boolean): boolean {
    return this.#template.split(SEPARATORS).some((part) => {
      const values = [...part.matchAll(PLACEHOLDER)].map(([, value = ""]) => value);
      const varying = values.filter((value) => VALUES.has(value) && (streamVaries || value !== "stream"));
      return varying.length === 1 && varying[0] === name;
    });
  }

  /** The folder of an object whose first message has this time, microseconds; unknown placeholders stay as they are. */
  render({ stream, topic, partition }: PartitionRef, timestamp: number): string {
    const milliseconds = Math.floor(timestamp / MICROSECONDS);
    const iso = new Date(milliseconds).toISOString();
    const values: Readonly<Record<string, string>> = {
      stream: folderName(stream),
      topic: folderName(topic),
      partition: String(partition),
      date: iso.slice(0, 10),
      year: iso.slice(0, 4),
      month: iso.slice(5, 7),
      day: iso.slice(8, 10),
      hour: iso.slice(11, 13),
      timestamp: String(milliseconds),
    };
    return this.#template.replace(PLACEHOLDER, (whole, name: string) =>
      Object.hasOwn(values, name) ? (values[name] as string) : whole,
    );
  }
}

export interface ObjectName {
  readonly folder: string;
  readonly partition: number;
  readonly first: bigint;
  /** Only where nothing keeps two objects from beginning alike: the original's names. */
  readonly last: bigint | undefined;
  /** Above 0: the same offsets are written again beside older objects, after a reset or where those are another writer's. */
  readonly generation: number;
  /** Tells the objects of topics and histories apart where the store does not say whose object has a name. */
  readonly tag?: string | undefined;
  readonly extension: string;
}

export function objectName({ folder, partition, first, last, generation, tag, extension }: ObjectName): string {
  const parts = [String(partition).padStart(PARTITION_DIGITS, "0"), digits(first)];
  if (last !== undefined) parts.push(digits(last));
  if (generation > 0) parts.push(`r${generation}`);
  if (tag !== undefined) parts.push(tag);
  return `${folder}/${parts.join("-")}${extension}`;
}

/** A short text that the names of two topics practically never share. */
export function nameTag({ stream, topic }: PartitionRef): string {
  return createHash("sha256")
    .update(JSON.stringify([stream, topic]))
    .digest("hex")
    .slice(0, TAG_DIGITS);
}

/** Where the position of a partition is kept. Tools that read folders of data leave names with a dot out. */
export function offsetObjectName(
  prefix: string | undefined,
  connector: string,
  { stream, topic, partition }: PartitionRef,
): string {
  const names = [connector, stream, topic].map(escapeName);
  return [...statePath(prefix), ...names, `${partition}.json`].join("/");
}

export function probeName(prefix: string | undefined): string {
  return [...statePath(prefix), "probe"].join("/");
}

/** A name as header values and object names may hold it, and that no two names share. */
export function escapeName(name: string): string {
  const escaped = encodeURIComponent(name);
  return /^\.{1,2}$/.test(escaped) ? escaped.replaceAll(".", "%2E") : escaped;
}

function statePath(prefix: string | undefined): string[] {
  return [trimSlashes(prefix ?? ""), ".iggy-connectors"].filter(Boolean);
}

/** Reversible with decodeURIComponent: `a b` and `a/b` stay two names. */
function folderName(name: string): string {
  if (SAFE_NAME.test(name) && !/^\.{1,2}$/.test(name)) return name;
  return escapeName(name).replace(LEFT_ALONE, percentEncoded);
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, "");
}

function digits(offset: bigint): string {
  return String(offset).padStart(OFFSET_DIGITS, "0");
}
