import type { ScalarType, ValuePlan } from "./model.ts";
import { WireType } from "./wire-reader.ts";

/** How values of each scalar type are written. */
export const WIRE_TYPES: Readonly<Record<ScalarType, number>> = {
  double: WireType.fixed64,
  fixed64: WireType.fixed64,
  sfixed64: WireType.fixed64,
  float: WireType.fixed32,
  fixed32: WireType.fixed32,
  sfixed32: WireType.fixed32,
  string: WireType.delimited,
  bytes: WireType.delimited,
  int32: WireType.varint,
  int64: WireType.varint,
  uint32: WireType.varint,
  uint64: WireType.varint,
  sint32: WireType.varint,
  sint64: WireType.varint,
  bool: WireType.varint,
};

/** How one value of this type is written. */
export function wireTypeOf({ message, scalar }: ValuePlan): number {
  if (message !== undefined) return WireType.delimited;
  return scalar === undefined ? WireType.varint : WIRE_TYPES[scalar];
}

/** What stands before a value: the number of its field, and how it is written. */
export function tagOf(number: number, wireType: number): number {
  return ((number << 3) | wireType) >>> 0;
}
