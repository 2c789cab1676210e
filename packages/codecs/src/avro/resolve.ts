import type { AvroField, AvroRecord, AvroType } from "./model.ts";

/** The types that a writer's primitive may be read as, besides its own. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ["long", "float", "double"],
  long: ["float", "double"],
  float: ["double"],
  string: ["bytes"],
  bytes: ["string"],
};

/** Whether a writer's type can be read as a reader's, without looking at the types within; neither is a union. */
export function resolves(writer: AvroType, reader: AvroType): boolean {
  if (writer === reader) return true;
  if (writer.kind === "union" || reader.kind === "union") return writer.kind === reader.kind;
  if (writer.kind !== reader.kind) return PROMOTIONS[writer.kind]?.includes(reader.kind) ?? false;
  if (!("name" in writer) || !("name" in reader)) return true;
  if (writer.kind === "fixed" && reader.kind === "fixed" && writer.size !== reader.size) return false;
  // The specification compares names without their namespaces.
  return shortName(writer.name) === shortName(reader.name) || reader.aliases.includes(writer.name);
}

/** The branch of a reader's union for a writer's type: the same type by full name, then the same, then the first it can be promoted to. */
export function matchBranch(writer: AvroType, branches: readonly AvroType[]): AvroType | undefined {
  return (
    branches.find((branch) => branch === writer) ??
    branches.find(
      (branch) => "name" in branch && "name" in writer && branch.name === writer.name && resolves(writer, branch),
    ) ??
    branches.find((branch) => branch.kind === writer.kind && resolves(writer, branch)) ??
    branches.find((branch) => resolves(writer, branch))
  );
}

/** The reader's field for a writer's field: by name, else by alias. */
export function fieldOf(reader: AvroRecord, { name }: AvroField): AvroField | undefined {
  return (
    reader.fields.find((field) => field.name === name) ?? reader.fields.find(({ aliases }) => aliases.includes(name))
  );
}

/** The fewest bytes that a value takes: counts are checked against it before anything is allocated. */
export function leastBytes(type: AvroType, within: readonly AvroType[] = []): number {
  switch (type.kind) {
    case "null":
      return 0;
    case "float":
      return 4;
    case "double":
      return 8;
    case "fixed":
      return type.size;
    case "record":
      // A record that contains itself without a union or array in between has no finite value.
      if (within.includes(type)) return 0;
      return type.fields.reduce((sum, field) => sum + leastBytes(field.type, [...within, type]), 0);
    default:
      return 1;
  }
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
