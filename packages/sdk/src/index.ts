export { OutputBuffer } from "./bytes/output-buffer.ts";
export { byteSize, parseByteSize } from "./config/byte-size.ts";
export { duration, formatDuration, parseDuration } from "./config/duration.ts";
export { type ConfigIssue, describeIssues, formatIssues, parseConfig } from "./config/issues.ts";
export { markedSecrets, maskMarked, maskSecrets, SECRET_MASK } from "./config/mask-secrets.ts";
export { secret } from "./config/secret.ts";
export { suggest } from "./config/suggest.ts";
export * from "./contract/classify.ts";
export * from "./contract/context.ts";
export * from "./contract/define.ts";
export * from "./contract/errors.ts";
export * from "./contract/message.ts";
export * from "./contract/schema.ts";
export type {
  RegisteredSchema,
  SchemaReference,
  SchemaRegistry,
  SchemaType,
} from "./contract/schema-registry.ts";
export * from "./contract/script.ts";
export * from "./contract/sink.ts";
export * from "./contract/source.ts";
export { parseJson, stringifyJson, validateJson } from "./json/json.ts";
export { valueAt } from "./paths/edit.ts";
export { type Path, parsePath, path } from "./paths/path.ts";
