// What describes the transforms, `@iggy-connectors/transforms/definitions`: apart from the rest, because it loads all of them.
export { transformJsonSchema, transformsJsonSchema } from "./chain/json-schema.ts";
export { TRANSFORMS } from "./chain/registry.ts";
