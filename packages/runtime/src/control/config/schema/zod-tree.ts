import { z } from "zod";
import type { SchemaNode } from "../../../shared/schema-tree/schema-tree.ts";

/** The JSON Schema of what one writes (defaults not yet filled in). */
export function schemaTree(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode;
}
