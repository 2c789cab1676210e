import { ProtocolError } from "../../../errors.ts";
import { decodeField, readField, writeField } from "../../../headers/block.ts";
import { headerKind } from "../../../headers/kinds.ts";
import { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { HeaderValue, Options } from "../../../values/headers.ts";

/*
 * options: a key-value block with string keys, without duplicates, at most 1024 entries and 100 000 bytes.
 * It ends a request without a length; in responses it follows its length (u32).
 */
const MAX_ENTRIES = 1024;
const MAX_SIZE = 100_000;
const OPTIONS_BLOCK_TOO_LARGE = 4043;

const NONE: Options = new Map();

export function writeOptions(writer: Writer, options: Options = NONE): void {
  const start = writer.length;
  for (const [key, value] of options) {
    writeField(writer, { kind: "string", value: key });
    writeField(writer, value);
  }
  checkSize(options.size, writer.length - start);
}

/** The options that end a request: everything that is left. */
export function readRequestOptions(reader: Reader): Options {
  checkSize(0, reader.remaining);
  const options = new Map<string, HeaderValue>();
  while (reader.remaining > 0) {
    const at = reader.position;
    const key = decodeField(readField(reader));
    const value = decodeField(readField(reader));
    if (key.kind !== "string") throw new ProtocolError(`the key of an option is a string, found ${key.kind}`, at);
    if (options.has(key.value)) throw new ProtocolError(`option ${JSON.stringify(key.value)} is given twice`, at);
    options.set(key.value, value);
    checkSize(options.size, 0);
  }
  return options;
}

export function writeSizedOptions(writer: Writer, options: Options): void {
  const lengthAt = writer.length;
  writer.u32(0);
  writeOptions(writer, options);
  writer.patchU32(lengthAt, writer.length - lengthAt - 4);
}

/** Options in a response. Entries of kinds that this version does not know are left out, as official clients do. */
export function readSizedOptions(reader: Reader): Options {
  const block = new Reader(reader.bytes(reader.u32()));
  const options = new Map<string, HeaderValue>();
  while (block.remaining > 0) {
    const key = readField(block);
    const value = readField(block);
    if (headerKind(key.code) !== "string" || headerKind(value.code) === undefined) continue;
    options.set(decodeField(key).value as string, decodeField(value));
  }
  return options;
}

function checkSize(entries: number, bytes: number): void {
  if (entries > MAX_ENTRIES || bytes > MAX_SIZE) {
    const limit = `at most ${MAX_ENTRIES} options and ${MAX_SIZE} bytes of them are allowed`;
    throw new ProtocolError(limit, undefined, OPTIONS_BLOCK_TOO_LARGE);
  }
}
