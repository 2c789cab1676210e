import { VALUE_CASES } from "./value-cases.ts";

/**
 * The messages of the table of values that are delivered as JSON objects, one line each, for sinks that write what is delivered: what
 * arrives is these bytes.
 */
export const DELIVERED_JSON: readonly string[] = VALUE_CASES.flatMap(({ json }) =>
  json?.startsWith("{") === true ? [json] : [],
);
