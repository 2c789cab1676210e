export { idText } from "./batch/id-text.ts";
export { indexAfter } from "./batch/index-after.ts";
export { siblingNumber } from "./batch/siblings.ts";
export { asBuffer } from "./bytes/as-buffer.ts";
export { toOneLine } from "./bytes/one-line.ts";
export { OutputBuffer } from "./bytes/output-buffer.ts";
export { BatchGuard } from "./concurrency/batch-guard.ts";
export { runConcurrently } from "./concurrency/run-concurrently.ts";
export { Sequence } from "./concurrency/sequence.ts";
export { byteSize, parseByteSize } from "./config/byte-size.ts";
export { duration, formatDuration, parseDuration } from "./config/duration.ts";
export { type ConfigIssue, describeIssues, formatIssues, parseConfig } from "./config/issues.ts";
export { markedSecrets, maskMarked, maskSecrets, SECRET_MASK } from "./config/mask-secrets.ts";
export { secret } from "./config/secret.ts";
export { suggest } from "./config/suggest.ts";
export { findingOf } from "./contract/check-finding.ts";
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
export { jsonOrUndefined } from "./json/json-or-undefined.ts";
export { valueAt } from "./paths/edit.ts";
export { type Path, parsePath, path } from "./paths/path.ts";
export { backoffDelay, type RetryOptions, retryDelay } from "./retry/backoff.ts";
export { pause } from "./retry/pause.ts";
export { type RetryNotice, retry } from "./retry/retry.ts";
export { readTlsMaterial, type TlsFiles, type TlsMaterial } from "./tls/tls-material.ts";
