import type { Enum, Field, MapField, OneOf, ReflectionObject, Type } from "protobufjs";
import { schemaError } from "../errors/codec-error.ts";
import type {
  EnumPlan,
  FieldPlan,
  MessageForm,
  MessagePlan,
  MessageTypes,
  ScalarType,
  ValuePlan,
  WellKnown,
} from "./model.ts";
import { protobuf } from "./protobuf-library.ts";
import type { ProtoSchema } from "./schema.ts";
import { WireType } from "./wire-reader.ts";
import { tagOf, wireTypeOf } from "./wire-type.ts";

const WELL_KNOWN: ReadonlyMap<string, WellKnown> = new Map<string, WellKnown>([
  ["Any", "any"],
  ["Timestamp", "timestamp"],
  ["Duration", "duration"],
  ["FieldMask", "field_mask"],
  ["Struct", "struct"],
  ["Value", "value"],
  ["ListValue", "list_value"],
  ...["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"].map(
    (name): [string, WellKnown] => [`${name}Value`, "wrapper"],
  ),
]);
const GOOGLE = "google.protobuf.";

/** Message types of a schema; `place` names the schema in errors. Compiling a type that has groups throws `FatalError`. */
export function compileMessageTypes({ root, place }: ProtoSchema, form: MessageForm): MessageTypes {
  const { Type: TypeClass, Enum: EnumClass } = protobuf();
  const plans = new Map<Type, MessagePlan>();
  const enums = new Map<Enum, EnumPlan>();

  function messagePlan(type: Type): MessagePlan {
    const known = plans.get(type);
    if (known !== undefined) return known;
    const name = fullName(type);
    const wellKnown = name.startsWith(GOOGLE) ? WELL_KNOWN.get(name.slice(GOOGLE.length)) : undefined;
    const fields: FieldPlan[] = [];
    const byNumber = new Map<number, FieldPlan>();
    const byName = new Map<string, FieldPlan>();
    const required: FieldPlan[] = [];
    const hasOneofs = type.fieldsArray.some((field) => realOneof(field) !== undefined);
    const plan = { name, wellKnown, fields, byNumber, byName, required, hasOneofs };
    // Registered before its fields: a type may contain itself.
    plans.set(type, plan);
    for (const field of [...type.fieldsArray].sort((a, b) => a.id - b.id)) {
      const compiled = fieldPlan(field.resolve(), wellKnown !== undefined || form.jsonNames);
      fields.push(compiled);
      byNumber.set(compiled.number, compiled);
      if (compiled.required) required.push(compiled);
    }
    for (const field of type.fieldsArray) byName.set(jsonName(field), byNumber.get(field.id)!);
    // If a name is the file name of one field and the JSON name of another, the file name wins.
    for (const field of type.fieldsArray) byName.set(protoName(field), byNumber.get(field.id)!);
    return plan;
  }

  function fieldPlan(field: Field, jsonNames: boolean): FieldPlan {
    if (field.delimited || field.type === "group") {
      throw schemaError(`field ${fullName(field)} is a group, which is not supported: use a message field`, place);
    }
    const spelling = jsonNames ? jsonName : protoName;
    const value = valuePlan(field);
    const oneof = realOneof(field);
    const key = spelling(field);
    const otherKey = [protoName(field), jsonName(field)].find((name) => name !== key);
    const packed = field.repeated && field.packed && isPackable(value);
    return {
      ...value,
      number: field.id,
      tag: tagOf(field.id, packed || field.map ? WireType.delimited : wireTypeOf(value)),
      key,
      otherKey,
      repeated: field.repeated,
      packed,
      mapKey: field.map ? ((field as Field & Pick<MapField, "keyType">).keyType as ScalarType) : undefined,
      hasPresence: !field.repeated && !field.map && (Boolean(field.hasPresence) || value.message !== undefined),
      required: field.required,
      rivals: oneof === undefined ? [] : oneof.fieldsArray.filter((other) => other !== field).map(spelling),
      defaultValue: defaultOf(field, value, form),
    };
  }

  function valuePlan(field: Field): ValuePlan {
    const { resolvedType } = field;
    if (resolvedType instanceof TypeClass) {
      return { scalar: undefined, enum: undefined, message: messagePlan(resolvedType) };
    }
    if (resolvedType instanceof EnumClass) {
      return { scalar: undefined, enum: enumPlan(resolvedType), message: undefined };
    }
    return { scalar: field.type as ScalarType, enum: undefined, message: undefined };
  }

  function enumPlan(type: Enum): EnumPlan {
    const known = enums.get(type);
    if (known !== undefined) return known;
    const byName = new Map(Object.entries(type.values));
    const byNumber = new Map<number, string>();
    // The first of several aliases is printed.
    for (const [name, number] of byName) if (!byNumber.has(number)) byNumber.set(number, name);
    const name = fullName(type);
    const plan = { name, byNumber, byName, isNull: name === `${GOOGLE}NullValue` };
    enums.set(type, plan);
    return plan;
  }

  return {
    form,
    get names() {
      return [...namesWithin(root.nestedArray)];
    },
    find(name) {
      const found = root.lookup(name.startsWith(".") ? name : `.${name}`, [TypeClass]);
      return found === null ? undefined : messagePlan(found as Type);
    },
  };
}

function* namesWithin(objects: readonly ReflectionObject[]): Generator<string> {
  const { Namespace, Type: TypeClass } = protobuf();
  for (const object of objects) {
    if (object instanceof TypeClass) yield fullName(object);
    if (object instanceof Namespace) yield* namesWithin(object.nestedArray);
  }
}

function isPackable({ scalar, message }: ValuePlan): boolean {
  return message === undefined && scalar !== "string" && scalar !== "bytes";
}

/** The oneof in the schema. An `optional` field of proto3 has a synthetic one, which only gives it presence. */
function realOneof(field: Field): OneOf | undefined {
  const oneof = field.partOf;
  return oneof === null || oneof === undefined || oneof.isProto3Optional ? undefined : oneof;
}

function defaultOf(field: Field, value: ValuePlan, form: MessageForm): unknown {
  if (field.map) return Object.freeze({});
  if (field.repeated) return Object.freeze([]);
  if (value.enum !== undefined) {
    const number = Number(field.defaultValue ?? 0);
    return form.enumNumbers ? number : (value.enum.byNumber.get(number) ?? number);
  }
  switch (value.scalar) {
    case "bool":
      return false;
    case "string":
    case "bytes":
      return "";
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      return form.int64As === "string" ? "0" : 0;
    default:
      return 0;
  }
}

function isExtension(field: Field): boolean {
  return field.name.startsWith(".");
}

/** Extensions are named in brackets, as protobuf's JSON does. */
function protoName(field: Field): string {
  return isExtension(field) ? `[${field.name.slice(1)}]` : field.name;
}

function jsonName(field: Field): string {
  return isExtension(field) ? protoName(field) : field.jsonName;
}

function fullName(object: { readonly fullName: string }): string {
  return object.fullName.replace(/^\./, "");
}
