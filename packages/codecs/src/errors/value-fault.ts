import { describeValue } from "./codec-error.ts";

/** Thrown where a value does not fit its type. The codec that catches it adds the field's path. */
export class ValueFault extends Error {
  constructor(expected: string, found: unknown) {
    super(`${expected}, not ${describeValue(found)}`);
  }
}
