import { asBuffer } from "@iggy-connectors/sdk";
import { setMember } from "@iggy-connectors/sdk/internal";
import { decodeError } from "../errors/codec-error.ts";
import { finiteOrName, shortestFloat32 } from "../primitives/floats.ts";
import { getMember } from "../primitives/member.ts";
import {
  type FieldPlan,
  MAX_DEPTH,
  type MessagePlan,
  type MessageTypes,
  type ScalarType,
  type ValuePlan,
} from "./model.ts";
import { toJsonForm } from "./well-known-read.ts";
import { WireFault, WireReader, WireType } from "./wire-reader.ts";
import { WIRE_TYPES, wireTypeOf } from "./wire-type.ts";

type Members = Record<string, unknown>;

/** The value of the message `bytes[start, end)` in the JSON mapping of protobuf. Throws `RejectedError` (`IGC_DECODE_PROTO`) with the field's path. */
export function readProtoMessage(
  types: MessageTypes,
  plan: MessagePlan,
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): unknown {
  return new MessageReader(types, asBuffer(bytes), start, end).read(plan);
}

/** Reads encoded data directly into JSON values, in one pass. */
class MessageReader {
  readonly #types: MessageTypes;
  readonly #int64AsText: boolean;
  readonly #wire: WireReader;
  readonly #end: number;
  /** The field being read at each depth, for errors. */
  readonly #path: (FieldPlan | undefined)[] = [];

  constructor(types: MessageTypes, bytes: Buffer, start: number, end: number) {
    this.#types = types;
    this.#int64AsText = types.form.int64As === "string";
    this.#wire = new WireReader(bytes, start, end);
    this.#end = end;
  }

  read(plan: MessagePlan): unknown {
    try {
      return this.#message(plan, this.#end, 0);
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      const path = this.#path.filter((field) => field !== undefined).map((field) => field.key);
      throw decodeError("proto", error.message, path, plan.name);
    }
  }

  /** The message that ends at `end`, in its JSON form. */
  #message(plan: MessagePlan, end: number, depth: number): unknown {
    const members = this.#members(plan, {}, end, depth);
    if (plan.wellKnown === undefined) return members;
    return toJsonForm(plan, members, {
      types: this.#types,
      readAny: (inner, bytes) => this.#any(inner, bytes, depth),
    });
  }

  /** Reads the content of an `Any` with another reader; its nesting continues that of the `Any`. */
  #any(plan: MessagePlan, bytes: Buffer, depth: number): unknown {
    const reader = new MessageReader(this.#types, bytes, 0, bytes.length);
    return reader.#message(plan, bytes.length, depth + 1);
  }

  /** Reads fields into `members`: a message that occurs twice is merged. */
  #members(plan: MessagePlan, members: Members, end: number, depth: number): Members {
    if (depth > MAX_DEPTH) throw new WireFault("too many levels of nesting");
    const wire = this.#wire;
    const outer = wire.end;
    wire.end = end;
    while (wire.at < end) {
      const tag = wire.uint32();
      const number = tag >>> 3;
      const wireType = tag & 7;
      if (wire.high !== 0 || number === 0) throw new WireFault("a field has an invalid number");
      const field = plan.byNumber.get(number);
      this.#path[depth] = field;
      if (field === undefined) this.#unknown(members, number, wireType, depth);
      else if (!this.#field(members, field, wireType, depth)) wire.skip(wireType, number, MAX_DEPTH - depth);
    }
    wire.end = outer;
    this.#path[depth] = undefined;
    this.#complete(plan, members);
    this.#path.length = depth;
    return members;
  }

  /** False: the field does not have this wire type, so that the data count as an unknown field. */
  #field(members: Members, field: FieldPlan, wireType: number, depth: number): boolean {
    if (field.mapKey !== undefined) {
      if (wireType !== WireType.delimited) return false;
      this.#mapEntry(members, field, field.mapKey, depth);
      return true;
    }
    const expected = wireTypeOf(field);
    if (field.repeated) {
      if (wireType === WireType.delimited && expected !== WireType.delimited) {
        this.#packed(members, field, depth);
        return true;
      }
      if (wireType !== expected) return false;
      listOf(members, field.key).push(this.#value(field, depth));
      return true;
    }
    if (wireType !== expected) return false;
    for (const rival of field.rivals) delete members[rival];
    const { message } = field;
    if (message !== undefined && message.wellKnown === undefined && Object.hasOwn(members, field.key)) {
      const length = this.#wire.length();
      this.#members(message, members[field.key] as Members, this.#wire.at + length, depth + 1);
      return true;
    }
    const value = this.#value(field, depth);
    // Without presence, zero is the same as absent.
    if (!field.hasPresence && isZero(value, field)) delete members[field.key];
    else setMember(members, field.key, value);
    return true;
  }

  #packed(members: Members, field: FieldPlan, depth: number): void {
    const wire = this.#wire;
    const list = listOf(members, field.key);
    const length = wire.length();
    const end = wire.at + length;
    const outer = wire.end;
    wire.end = end;
    while (wire.at < end) list.push(this.#value(field, depth));
    wire.end = outer;
  }

  #mapEntry(members: Members, field: FieldPlan, keyType: ScalarType, depth: number): void {
    const wire = this.#wire;
    const length = wire.length();
    const end = wire.at + length;
    const outer = wire.end;
    wire.end = end;
    let key: unknown;
    let value: unknown;
    while (wire.at < end) {
      const tag = wire.uint32();
      const wireType = tag & 7;
      if (tag >>> 3 === 1 && wireType === WIRE_TYPES[keyType]) key = this.#scalar(keyType);
      else if (tag >>> 3 === 2 && wireType === wireTypeOf(field)) value = this.#value(field, depth);
      else wire.skip(wireType, tag >>> 3, MAX_DEPTH - depth);
    }
    wire.end = outer;
    key ??= keyType === "string" ? "" : keyType === "bool" ? false : 0;
    value ??= field.message === undefined ? this.#zeroOf(field) : this.#empty(field.message, depth);
    const map = getMember(members, field.key) as Members | undefined;
    if (map === undefined) setMember(members, field.key, mapOf(String(key), value));
    else setMember(map, String(key), value);
  }

  /** A message without fields. */
  #empty(plan: MessagePlan, depth: number): unknown {
    return this.#message(plan, this.#wire.at, depth + 1);
  }

  #value(plan: ValuePlan, depth: number): unknown {
    if (plan.message !== undefined) {
      const length = this.#wire.length();
      return this.#message(plan.message, this.#wire.at + length, depth + 1);
    }
    if (plan.enum === undefined) return this.#scalar(plan.scalar!);
    const number = this.#wire.uint32() | 0;
    if (plan.enum.isNull) return null;
    return this.#types.form.enumNumbers ? number : (plan.enum.byNumber.get(number) ?? number);
  }

  #scalar(type: ScalarType): unknown {
    const wire = this.#wire;
    switch (type) {
      case "string":
        return wire.string();
      case "int32":
        return wire.uint32() | 0;
      case "bool":
        wire.varint();
        return (wire.low | wire.high) !== 0;
      case "double":
        return finiteOrName(wire.double());
      case "int64":
        return this.#int64(wire.int64());
      case "uint32":
        return wire.uint32();
      case "uint64":
        return this.#int64(wire.uint64());
      case "sint32":
        return wire.sint32();
      case "sint64":
        return this.#int64(wire.sint64());
      case "float":
        return finiteOrName(shortestFloat32(wire.float()));
      case "fixed32":
        return wire.fixed32();
      case "fixed64":
        return this.#int64(wire.fixed64());
      case "sfixed32":
        return wire.sfixed32();
      case "sfixed64":
        return this.#int64(wire.sfixed64());
      case "bytes":
        return wire.base64();
    }
  }

  #int64(value: number | bigint): unknown {
    return this.#int64AsText ? String(value) : value;
  }

  #zeroOf({ enum: type, scalar }: ValuePlan): unknown {
    if (type !== undefined) {
      if (type.isNull) return null;
      return this.#types.form.enumNumbers ? 0 : (type.byNumber.get(0) ?? 0);
    }
    if (scalar === "string" || scalar === "bytes") return "";
    if (scalar === "bool") return false;
    return is64Bit(scalar!) ? this.#int64(0) : 0;
  }

  #unknown(members: Members, number: number, wireType: number, depth: number): void {
    const wire = this.#wire;
    if (!this.#types.form.preserveUnknownFields) {
      wire.skip(wireType, number, MAX_DEPTH - depth);
      return;
    }
    const start = wire.at;
    const key = `unknown_field_${number}`;
    if (wireType === WireType.varint) members[key] = wire.uint64();
    else if (wireType === WireType.delimited) members[key] = wire.base64();
    else {
      wire.skip(wireType, number, MAX_DEPTH - depth);
      members[key] = wire.bytes.toString("base64", start, wire.at);
    }
  }

  /** Checks required fields and adds the defaults that the form asks for. */
  #complete(plan: MessagePlan, members: Members): void {
    for (const field of plan.required) {
      if (!Object.hasOwn(members, field.key)) throw new WireFault(`the required field ${field.key} is missing`);
    }
    if (!this.#types.form.emitDefaults || plan.wellKnown !== undefined) return;
    for (const field of plan.fields) {
      if (field.hasPresence || Object.hasOwn(members, field.key)) continue;
      setMember(members, field.key, structuredDefault(field));
    }
  }
}

function mapOf(key: string, value: unknown): Members {
  const map: Members = {};
  setMember(map, key, value);
  return map;
}

function listOf(members: Members, key: string): unknown[] {
  const list = getMember(members, key);
  if (list !== undefined) return list as unknown[];
  const fresh: unknown[] = [];
  setMember(members, key, fresh);
  return fresh;
}

function isZero(value: unknown, field: FieldPlan): boolean {
  if (value === 0) return !Object.is(value, -0);
  if (value === "" || value === false) return true;
  if (value === "0") return field.scalar !== "string" && field.scalar !== "bytes";
  return field.enum !== undefined && field.enum.byName.get(String(value)) === 0;
}

function is64Bit(scalar: ScalarType): boolean {
  return scalar.endsWith("64");
}

/** A new value each time: the receiver of the message may change it. */
function structuredDefault({ mapKey, repeated, defaultValue }: FieldPlan): unknown {
  if (mapKey !== undefined) return {};
  return repeated ? [] : defaultValue;
}
