import { EXPECTED_BYTES, OutputBuffer } from "../../bytes/output-buffer.ts";
import { AvroFault, AvroInput } from "./input.ts";
import type { AvroForm, AvroType } from "./model.ts";
import { compileRead } from "./read.ts";
import { compileWrite } from "./write.ts";

/** How the specification writes defaults: bytes as text of code points below 256, a union's default is of its first branch. */
const SPECIFICATION = {
  logical: false,
  taggedUnions: false,
  int64As: "number",
  latinBytes: true,
  firstBranch: true,
} as const;

/** A field's default as it would be read from the wire. */
export function defaultValue(type: AvroType, value: unknown, form: AvroForm): unknown {
  const output = new OutputBuffer(EXPECTED_BYTES);
  writeDefault(type, value, output);
  return compileRead(type, type, form)(new AvroInput(output.bytes, 0, output.position), 0);
}

/** Writes a field's default. Throws `AvroFault` for one that does not fit its type. */
export function writeDefault(type: AvroType, value: unknown, output: OutputBuffer): void {
  try {
    compileWrite(type, SPECIFICATION)(output, value, { path: [] }, 0);
  } catch (error) {
    throw new AvroFault(`a default does not fit its type: ${error instanceof Error ? error.message : error}`);
  }
}
