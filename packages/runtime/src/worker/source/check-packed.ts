import type { PackedMessages } from "@iggy-connectors/sdk";

/** What a source may return in place of a list, by its own account. */
type Claimed = { readonly [Field in keyof PackedMessages]?: unknown };

/**
 * Throws where packed messages are not what their type says, so that what follows can trust the columns: every one is long enough, and every
 * payload lies in the buffer.
 */
export function checkPacked(messages: Claimed): asserts messages is PackedMessages {
  const { length, bytes, starts, ends, ids, timestamps } = messages;
  if (typeof length !== "number" || !Number.isInteger(length) || length < 0) throw fault("length is not a count");
  if (!(bytes instanceof Uint8Array)) throw fault("bytes is not a Uint8Array");
  if (!(starts instanceof Uint32Array) || starts.length < length) throw columnFault("starts", "Uint32Array", length);
  if (!(ends instanceof Uint32Array) || ends.length < length) throw columnFault("ends", "Uint32Array", length);
  if (ids !== undefined && !(ids instanceof BigUint64Array && ids.length >= 2 * length)) {
    throw columnFault("ids", "BigUint64Array", 2 * length);
  }
  if (timestamps !== undefined && !(timestamps instanceof Float64Array && timestamps.length >= length)) {
    throw columnFault("timestamps", "Float64Array", length);
  }
  for (let index = 0; index < length; index++) {
    if (starts[index]! <= ends[index]! && ends[index]! <= bytes.length) continue;
    throw fault(
      `payload ${index} lies at ${starts[index]} … ${ends[index]}, which is not in the ${bytes.length} bytes`,
    );
  }
}

function columnFault(name: string, type: string, length: number): Error {
  return fault(`${name} is not a ${type} of at least ${length} elements`);
}

function fault(what: string): Error {
  return new Error(`poll returned packed messages whose ${what}`);
}
