// What describes the transforms, `@iggy-connectors/transforms/definitions`: apart from the rest, because it loads all of them.
export { transformJsonSchema, transformsJsonSchema } from "./config/json-schema.ts";
export { TRANSFORMS } from "./steps/all.ts";
export { CATALOG } from "./steps/catalog.ts";
