/** The part of Quickwit's `doc_mapping` that decides whether a document is accepted. */
export interface DocMapping {
  readonly mode: "dynamic" | "lenient" | "strict";
  readonly fields: ReadonlyMap<string, string>;
}

export function readDocMapping(config: Record<string, unknown>): DocMapping {
  const mapping = (config.doc_mapping ?? {}) as { mode?: DocMapping["mode"]; field_mappings?: unknown };
  const fields = (mapping.field_mappings ?? []) as { name: string; type: string }[];
  return { mode: mapping.mode ?? "dynamic", fields: new Map(fields.map(({ name, type }) => [name, type])) };
}

/** Why Quickwit refuses a document; `undefined`: it takes it. */
export function refusal(line: string, mapping: DocMapping): { message: string; reason: string } | undefined {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return { message: "failed to parse JSON document", reason: "invalid_json" };
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    return { message: "document is not a JSON object", reason: "invalid_json" };
  }
  for (const [name, value] of Object.entries(document)) {
    const type = mapping.fields.get(name);
    if (type === undefined) {
      if (mapping.mode !== "strict") continue;
      return {
        message: `the document contains a field that is not declared in the schema: \`${name}\``,
        reason: "invalid_schema",
      };
    }
    if (value !== null && !fits(type, value)) {
      return { message: `the field \`${name}\` could not be parsed: expected ${type}`, reason: "invalid_schema" };
    }
  }
  return undefined;
}

function fits(type: string, value: unknown): boolean {
  switch (type) {
    case "u64":
      return typeof value === "number" && Number.isInteger(value) && value >= 0;
    case "i64":
      return typeof value === "number" && Number.isInteger(value);
    case "f64":
      return typeof value === "number";
    case "bool":
      return typeof value === "boolean";
    case "datetime":
      return typeof value === "number" || typeof value === "string";
    case "json":
    case "object":
      return typeof value === "object";
    default:
      return typeof value === "string";
  }
}
