/*
 * Just enough of a WebAssembly assembler to write the hash as expressions: every function returns the bytes of an
 * instruction together with those of its operands. Binary format: webassembly.github.io/spec/core/binary.
 */

/** Bytes, nested as the expressions are: they are flattened once, when the module is complete. */
export type Code = readonly (number | Code)[];

export const I32 = 0x7f;
export const I64 = 0x7e;
const VOID = 0x40;

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly result?: number;
  /** Types of the locals after the parameters. */
  readonly locals: readonly number[];
  readonly body: Code;
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

function signed(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

export const get = (local: number): Code => [0x20, unsigned(local)];
export const set = (local: number, value: Code): Code => [value, 0x21, unsigned(local)];
export const call = (index: number, ...operands: Code[]): Code => [operands, 0x10, unsigned(index)];
export const i32 = (value: number): Code => [0x41, signed(BigInt(value | 0))];
export const i64 = (value: bigint): Code => [0x42, signed(BigInt.asIntN(64, value))];

const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [a, b, opcode];

export const i32Add = binary(0x6a);
export const i32Sub = binary(0x6b);
export const i32Mul = binary(0x6c);
export const i32ShiftRight = binary(0x76);
export const i32LessSigned = binary(0x48);
export const i32Less = binary(0x49);
export const i32Greater = binary(0x4b);
export const i64Add = binary(0x7c);
export const i64Mul = binary(0x7e);
export const i64And = binary(0x83);
export const i64Xor = binary(0x85);
export const i64ShiftRight = binary(0x88);

export const extend = (value: Code): Code => [value, 0xad];

/** Loads and stores are little-endian and need no alignment. */
export const loadI32 = (address: Code, offset = 0): Code => [address, 0x28, 0, unsigned(offset)];
export const loadI64 = (address: Code, offset = 0): Code => [address, 0x29, 0, unsigned(offset)];
export const storeI64 = (address: Code, value: Code): Code => [address, value, 0x37, 0, 0];

/** Repeats the body as long as the condition holds: a block around a loop, left by a branch. */
export const whileLoop = (condition: Code, ...body: Code[]): Code => [
  [0x02, VOID, 0x03, VOID],
  [condition, 0x45, 0x0d, 1],
  [body, 0x0c, 0, 0x0b, 0x0b],
];

/** One of two values, by a condition. */
export const choose = (type: number, condition: Code, then: Code, otherwise: Code): Code => [
  [condition, 0x04, type],
  [then, 0x05, otherwise, 0x0b],
];

function flatten(code: Code, into: number[] = []): number[] {
  for (const item of code) {
    if (typeof item === "number") into.push(item);
    else flatten(item, into);
  }
  return into;
}

const vector = (items: Code): Code => [unsigned(items.length), items];
const text = (value: string): Code => vector([...Buffer.from(value, "utf8")]);

/** Content that follows its own size. */
function sized(content: Code): Code {
  const bytes = flatten(content);
  return [unsigned(bytes.length), bytes];
}

const EXPORT_FUNCTION = 0;
const EXPORT_MEMORY = 2;

/** A module of these functions, all exported by name, with one exported memory called `memory` that starts with `data`. */
export function assemble(functions: readonly WasmFunction[], data: Uint8Array, pages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, result }): Code => {
    return [0x60, vector(parameters), vector(result === undefined ? [] : [result])];
  });
  const bodies = functions.map(({ locals, body }): Code => {
    return sized([vector(locals.map((type): Code => [1, type])), body, 0x0b]);
  });
  const exports = functions.map(({ name }, index): Code => [text(name), EXPORT_FUNCTION, unsigned(index)]);
  return Uint8Array.from(
    flatten([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      [1, sized(vector(types))],
      [3, sized(vector(functions.map((_, index) => unsigned(index))))],
      [5, sized(vector([[0, unsigned(pages)]]))],
      [7, sized(vector([...exports, [text("memory"), EXPORT_MEMORY, 0]]))],
      [10, sized(vector(bodies))],
      [11, sized(vector([[0, i32(0), 0x0b, vector([...data])]]))],
    ]),
  );
}
