import { Builder } from "flatbuffers";
import { Base } from "../src/flat-buffer/model.ts";

interface TypeSpec {
  readonly base: number;
  readonly element?: number;
  readonly index?: number;
  readonly length?: number;
}

interface FieldSpec {
  readonly name: string;
  readonly type: TypeSpec;
  /** Structs: where it lies. */
  readonly offset?: number;
}

/** Order of the objects and enums below, by which types name them. */
const CIRCLE = 0;
const POINT = 1;
const ROOT = 2;
const TRANSFORM = 3;
const SHAPE = 0;

/**
 * A binary schema as flatc makes it of this text, made with the official builder:
 *
 *     namespace demo;
 *     struct Point { x:int; y:int; }
 *     struct Transform { origin:Point; matrix:[short:4]; parts:[Point:2]; }
 *     table Circle { radius:double; }
 *     union Shape { Circle, Point, Text:string }
 *     table Root {
 *       transform:Transform; shapes:[Shape]; main:Shape; big:[ulong]; child:Root; children:[Root]; flags:[bool];
 *     }
 *     root_type Root;
 */
export function binarySchema(): Uint8Array {
  const builder = new Builder(1024);
  const point = (index: number): TypeSpec => ({ base: Base.object, index });
  const objects = [
    object(builder, "demo.Circle", fields(builder, [{ name: "radius", type: { base: Base.double } }])),
    object(
      builder,
      "demo.Point",
      fields(builder, [
        { name: "x", type: { base: Base.int32 }, offset: 0 },
        { name: "y", type: { base: Base.int32 }, offset: 4 },
      ]),
      { size: 8, alignment: 4 },
    ),
    object(
      builder,
      "demo.Root",
      fields(builder, [
        { name: "transform", type: { base: Base.object, index: TRANSFORM } },
        { name: "shapes_type", type: { base: Base.vector, element: Base.unionType, index: SHAPE } },
        { name: "shapes", type: { base: Base.vector, element: Base.union, index: SHAPE } },
        { name: "main_type", type: { base: Base.unionType, index: SHAPE } },
        { name: "main", type: { base: Base.union, index: SHAPE } },
        { name: "big", type: { base: Base.vector, element: Base.uint64 } },
        { name: "child", type: point(ROOT) },
        { name: "children", type: { base: Base.vector, element: Base.object, index: ROOT } },
        { name: "flags", type: { base: Base.vector, element: Base.bool } },
      ]),
    ),
    object(
      builder,
      "demo.Transform",
      fields(builder, [
        { name: "origin", type: point(POINT), offset: 0 },
        { name: "matrix", type: { base: Base.array, element: Base.int16, length: 4 }, offset: 8 },
        { name: "parts", type: { base: Base.array, element: Base.object, index: POINT, length: 2 }, offset: 16 },
      ]),
      { size: 32, alignment: 4 },
    ),
  ];
  const shape = union(builder, "demo.Shape", [
    { name: "NONE", type: { base: Base.none } },
    { name: "Circle", type: { base: Base.object, index: CIRCLE } },
    { name: "Point", type: { base: Base.object, index: POINT } },
    { name: "Text", type: { base: Base.string } },
  ]);
  const objectVector = vector(builder, objects);
  const enumVector = vector(builder, [shape]);
  builder.startObject(8);
  builder.addFieldOffset(0, objectVector, 0);
  builder.addFieldOffset(1, enumVector, 0);
  builder.addFieldOffset(4, objects[ROOT]!, 0);
  builder.finish(builder.endObject(), "BFBS");
  return builder.asUint8Array();
}

/** A root whose two children are one and the same table, and so on: a small buffer that stands for 2^levels tables. */
export function doublingBuffer(levels: number): Uint8Array {
  const builder = new Builder(1024);
  builder.startObject(9);
  let table = builder.endObject();
  for (let level = 0; level < levels; level++) {
    const children = vector(builder, [table, table]);
    builder.startObject(9);
    builder.addFieldOffset(7, children, 0);
    table = builder.endObject();
  }
  builder.finish(table);
  return builder.asUint8Array();
}

function vector(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4);
  for (const offset of [...offsets].reverse()) builder.addOffset(offset);
  return builder.endVector();
}

function type(builder: Builder, { base, element = 0, index = -1, length = 0 }: TypeSpec): number {
  builder.startObject(6);
  builder.addFieldInt8(0, base, 0);
  builder.addFieldInt8(1, element, 0);
  builder.addFieldInt32(2, index, -1);
  builder.addFieldInt16(3, length, 0);
  return builder.endObject();
}

function fields(builder: Builder, specs: readonly FieldSpec[]): number {
  const offsets = specs.map((spec, id) => {
    const name = builder.createString(spec.name);
    const typeAt = type(builder, spec.type);
    builder.startObject(14);
    builder.addFieldOffset(0, name, 0);
    builder.addFieldOffset(1, typeAt, 0);
    builder.addFieldInt16(2, id, 0);
    builder.addFieldInt16(3, spec.offset ?? 4 + 2 * id, 0);
    return builder.endObject();
  });
  return vector(builder, offsets);
}

function object(
  builder: Builder,
  name: string,
  fieldVector: number,
  struct?: { readonly size: number; readonly alignment: number },
): number {
  const nameAt = builder.createString(name);
  builder.startObject(8);
  builder.addFieldOffset(0, nameAt, 0);
  builder.addFieldOffset(1, fieldVector, 0);
  builder.addFieldInt8(2, struct === undefined ? 0 : 1, 0);
  builder.addFieldInt32(3, struct?.alignment ?? 1, 0);
  builder.addFieldInt32(4, struct?.size ?? 0, 0);
  return builder.endObject();
}

function union(builder: Builder, name: string, members: readonly FieldSpec[]): number {
  const values = members.map((member, value) => {
    const memberName = builder.createString(member.name);
    const typeAt = type(builder, member.type);
    builder.startObject(6);
    builder.addFieldOffset(0, memberName, 0);
    builder.addFieldInt64(1, BigInt(value), 0n);
    builder.addFieldOffset(3, typeAt, 0);
    return builder.endObject();
  });
  const valueVector = vector(builder, values);
  const nameAt = builder.createString(name);
  builder.startObject(7);
  builder.addFieldOffset(0, nameAt, 0);
  builder.addFieldOffset(1, valueVector, 0);
  builder.addFieldInt8(2, 1, 0);
  return builder.endObject();
}
