import { ValueFault } from "../errors/value-fault.ts";
import { FLOAT_NAMES, finiteOrName, overflowsFloat32, shortestFloat32 } from "../primitives/floats.ts";
import { integerOf } from "../primitives/integers.ts";
import { Base, type FlatEnum, type FlatForm, SCALAR_SIZES } from "./model.ts";

/** A scalar as JSON: enum values by name, flags as names separated by spaces. */
export function scalarForm(value: number | bigint, base: number, type: FlatEnum | undefined, form: FlatForm): unknown {
  if (base === Base.bool) return value !== 0;
  if (base === Base.float) return finiteOrName(shortestFloat32(value as number));
  if (base === Base.double) return finiteOrName(value as number);
  if (type !== undefined) {
    const name = type.bitFlags ? flagNames(type, BigInt(value)) : type.byValue.get(BigInt(value))?.name;
    if (name !== undefined) return name;
  }
  return SCALAR_SIZES[base] === 8 && form.int64As === "string" ? String(value) : value;
}

/** Undefined: no flag is set, or one that has no name. */
function flagNames({ byValue }: FlatEnum, value: bigint): string | undefined {
  const names: string[] = [];
  let rest = value;
  for (const flag of byValue.values()) {
    if (flag.value === 0n || (rest & flag.value) !== flag.value) continue;
    names.push(flag.name);
    rest &= ~flag.value;
  }
  return rest === 0n && names.length > 0 ? names.join(" ") : undefined;
}

/** The number that a JSON value represents; a `bigint` for 64-bit types. Throws `ValueFault`. */
export function scalarFrom(value: unknown, base: number, type: FlatEnum | undefined): number | bigint {
  if (base === Base.bool) {
    if (typeof value !== "boolean") throw new ValueFault("true or false is expected", value);
    return value ? 1 : 0;
  }
  if (base === Base.float || base === Base.double) {
    if (typeof value !== "number" && typeof value !== "bigint" && !FLOAT_NAMES.has(value)) {
      throw new ValueFault("a number is expected", value);
    }
    const number = Number(value);
    // JSON has numbers beyond doubles; infinity is written as its name.
    if (Math.abs(number) === Number.POSITIVE_INFINITY && !FLOAT_NAMES.has(value)) {
      throw new ValueFault("a number within the range of a double is expected", value);
    }
    if (base === Base.float && overflowsFloat32(number)) {
      throw new ValueFault("a number within the range of a float is expected", value);
    }
    return number;
  }
  const integer = type !== undefined && typeof value === "string" ? enumValue(type, value) : integerOf(value);
  if (integer === undefined) {
    throw new ValueFault(type === undefined ? "an integer is expected" : `a name of ${type.name} is expected`, value);
  }
  const bits = SCALAR_SIZES[base]! * 8;
  const signed = base === Base.int8 || base === Base.int16 || base === Base.int32 || base === Base.int64;
  const fits = signed ? BigInt.asIntN(bits, integer) === integer : BigInt.asUintN(bits, integer) === integer;
  if (!fits) throw new ValueFault(`an integer of ${bits} bits is expected`, value);
  return bits === 64 ? integer : Number(integer);
}

function enumValue({ byName, bitFlags }: FlatEnum, text: string): bigint | undefined {
  const single = byName.get(text);
  if (single !== undefined) return single.value;
  if (!bitFlags) return integerOf(text);
  let value = 0n;
  for (const name of text.split(/\s+/)) {
    const flag = byName.get(name);
    if (flag === undefined) return integerOf(text);
    value |= flag.value;
  }
  return value;
}
