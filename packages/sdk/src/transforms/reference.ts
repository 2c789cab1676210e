// What describes the transforms, `@iggy-connectors/sdk/transforms`: apart from the rest, because it loads all of them.
export { transformJsonSchema, transformsJsonSchema } from "./json-schema.ts";
export { TRANSFORMS } from "./registry.ts";
