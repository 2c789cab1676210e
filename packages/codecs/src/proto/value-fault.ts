import { describeValue } from "../codec-error.ts";

/** Thrown where a value does not fit; the writer of messages adds where it happened. */
export class ValueFault extends Error {
  constructor(expected: string, found: unknown) {
    super(`${expected}, not ${describeValue(found)}`);
  }
}
