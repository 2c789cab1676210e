import { AVRO_VALUES } from "./avro-values.ts";
import { FLAT_BUFFER_VALUES } from "./flat-buffer-values.ts";
import { JSON_VALUES } from "./json-values.ts";
import { PLAIN_VALUES } from "./plain-values.ts";
import { PROTO_VALUES } from "./proto-values.ts";
import type { ValueCase } from "./value-case.ts";

/** Every codec with every type that it has. `docs/reference/values.md` is made of this list and of what the sinks' tests say. */
export const VALUE_CASES: readonly ValueCase[] = [
  ...JSON_VALUES,
  ...AVRO_VALUES,
  ...PROTO_VALUES,
  ...FLAT_BUFFER_VALUES,
  ...PLAIN_VALUES,
];
