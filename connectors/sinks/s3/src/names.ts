import type { PartitionRef } from "@iggy-connectors/sdk";

const PLACEHOLDER = /\{(\w+)\}/g;
/** As the original: whatever is not safe in every store and tool. */
const UNSAFE = /[^A-Za-z0-9._-]/g;
const PARTITION_DIGITS = 5;
/** The largest offset, 2⁶⁴ − 1, has 20 digits, so that names sort as offsets do. */
const OFFSET_DIGITS = 20;
const MICROSECONDS = 1000;
const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;

/** Names the folder of an object by its partition and the time of its first message. */
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

  /** The folder of an object whose first message has this time, microseconds; unknown placeholders stay as they are. */
  render({ stream, topic, partition }: PartitionRef, timestamp: number): string {
    const milliseconds = Math.floor(timestamp / MICROSECONDS);
    const iso = new Date(milliseconds).toISOString();
    const values: Readonly<Record<string, string>> = {
      stream: safeName(stream),
      topic: safeName(topic),
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
  /** How often an operator moved the offset; the same offsets are then written again beside the old objects. */
  readonly generation: number;
  readonly extension: string;
}

export function objectName({ folder, partition, first, last, generation, extension }: ObjectName): string {
  const parts = [String(partition).padStart(PARTITION_DIGITS, "0"), digits(first)];
  if (last !== undefined) parts.push(digits(last));
  if (generation > 0) parts.push(`r${generation}`);
  return `${folder}/${parts.join("-")}${extension}`;
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

function safeName(name: string): string {
  return name.replace(UNSAFE, "_");
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, "");
}

function digits(offset: bigint): string {
  return String(offset).padStart(OFFSET_DIGITS, "0");
}
