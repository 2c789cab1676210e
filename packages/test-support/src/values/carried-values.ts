import assert from "node:assert/strict";
import { codecKeys, createCodec } from "@iggy-connectors/codecs";
import type { MessageBatch } from "@iggy-connectors/sdk";
import { batchOf } from "@iggy-connectors/testing";
import { z } from "zod";
import { FIXTURES } from "../vectors/codec-cases.ts";
import type { ValueCase } from "./value-case.ts";
import { VALUE_CASES } from "./value-cases.ts";

/** Sinks that store what is delivered, as the page of values names them. The tests of each call `assertCarried`. */
export const CARRYING_SINKS: readonly CarryingSink[] = [
  { sink: "file", formats: ["json_lines"] },
  { sink: "http", formats: ["ndjson", "json_array", "individual"], metadata: true },
  { sink: "elasticsearch", formats: ["documents"], metadata: true },
  { sink: "quickwit", formats: ["documents"] },
  { sink: "stdout", formats: ["json_lines"], metadata: true },
  { sink: "s3", formats: ["json_lines", "json_array"], metadata: true },
];

export interface CarryingSink {
  readonly sink: string;
  /** What it writes: values of its setting of formats. */
  readonly formats: readonly string[];
  /** Metadata can be written with a message. */
  readonly metadata?: true;
}

/** How a test gives batches to a sink and reads back what is stored. */
export interface CarryingTarget {
  consume(batch: MessageBatch): unknown;
  /** The stored texts, one for each message, in the order of the messages. */
  stored(): Promise<readonly string[]> | readonly string[];
  /** With metadata: what the stored text has in it for this delivered text. */
  readonly within?: (json: string) => string;
}

/**
 * Asserts that a sink stores the value of every codec as it is delivered: the bytes of each case are decoded by their codec, given to the
 * sink in one batch for each codec and its settings, and read back.
 */
export async function assertCarried(sink: string, format: string, target: CarryingTarget): Promise<void> {
  const { consume, stored, within } = target;
  const listed = CARRYING_SINKS.find((row) => row.sink === sink && row.formats.includes(format));
  assert.ok(listed !== undefined && (within === undefined || listed.metadata === true), "the page does not say so");
  let firstOffset = 0n;
  const expected: string[] = [];
  for (const { codec, keys, cases } of groups()) {
    const created = await createCodec(codec, z.object(codecKeys).parse(keys), { folders: [FIXTURES], topic: "values" });
    const payloads = cases.map(({ hex }) => Buffer.from(hex, "hex"));
    await consume(batchOf(payloads, { codec: created, firstOffset }));
    firstOffset += BigInt(cases.length);
    expected.push(...cases.map(({ json }) => json!));
  }
  const texts = await stored();
  if (within === undefined) assert.deepEqual(texts, expected);
  else {
    assert.equal(texts.length, expected.length);
    for (const [index, text] of texts.entries()) assert.ok(text.includes(within(expected[index]!)), text);
  }
}

/** What a sink writes that wraps a message: the text of the payload, whole. */
export const asPayload = (json: string): string => `"payload":${json}`;

/** What a sink writes that adds metadata to a document: its members. */
export const asMembers = (json: string): string => json.slice(1, -1);

/** The texts of the elements of a JSON array, as they stand in it. */
export function splitArray(array: string): string[] {
  const texts: string[] = [];
  let depth = 0;
  let from = 1;
  // Strings are passed over as a whole.
  for (const { 0: token, index } of array.matchAll(/"(?:\\.|[^"\\])*"|[[\]{},]/g)) {
    if ("[{".includes(token)) depth++;
    else if ("]}".includes(token)) depth--;
    if (depth > 1 || (depth === 1 && token !== ",") || (depth === 0 && from === index)) continue;
    texts.push(array.slice(from, index).trim());
    from = index + 1;
  }
  return texts;
}

/** The cases that are objects, by codec and settings. */
function groups(): Iterable<Pick<ValueCase, "codec" | "keys"> & { readonly cases: ValueCase[] }> {
  const found = new Map<string, Pick<ValueCase, "codec" | "keys"> & { readonly cases: ValueCase[] }>();
  for (const row of VALUE_CASES) {
    if (row.json?.startsWith("{") !== true || row.hex === "") continue;
    const { codec, keys } = row;
    const id = JSON.stringify([codec, keys]);
    const group = found.get(id) ?? { codec, keys, cases: [] };
    group.cases.push(row);
    found.set(id, group);
  }
  return found.values();
}
