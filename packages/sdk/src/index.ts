export { FrameBatch } from "./batch/frame-batch.ts";
export { OutputBuffer } from "./bytes/output-buffer.ts";
export type { Codec } from "./codecs/codec.ts";
export { codecFor, parseSchema } from "./codecs/codec-for.ts";
export { type CodecKeys, codecKeys, type RegistryKeys } from "./codecs/codec-keys.ts";
export { type CodecContext, createCodec } from "./codecs/create-codec.ts";
export { parseJson, stringifyJson, validateJson } from "./codecs/json.ts";
export { prepareEncode } from "./codecs/prepare.ts";
export type {
  RegisteredSchema,
  SchemaReference,
  SchemaRegistry,
  SchemaType,
} from "./codecs/registry/schema-registry.ts";
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
export * from "./contract/script.ts";
export * from "./contract/sink.ts";
export * from "./contract/source.ts";
export {
  type BatchFailure,
  type BatchPlan,
  type BatchPlanOptions,
  createBatchPlan,
  type PlanResult,
} from "./pipeline/batch-plan.ts";
export type { PlanFailure } from "./pipeline/plan-failure.ts";
export {
  createProducePlan,
  type ProducePlan,
  type ProduceResult,
  type TransformedMessages,
} from "./pipeline/produce-plan.ts";
export type { MessageTrace, TracedMessage, TraceEnd } from "./pipeline/trace.ts";
export { type CompileOptions, compileTransforms } from "./transforms/compile.ts";
export type { Expression, TransformContext } from "./transforms/context.ts";
export type { ExampleMessage, TransformExample } from "./transforms/example.ts";
export { maskTransforms, transformSecrets } from "./transforms/mask-transforms.ts";
export { valueAt } from "./transforms/paths/edit.ts";
export { type Path, parsePath, path } from "./transforms/paths/path.ts";
export { type OnError, StepFailure, TransformPlan, type TransformStep } from "./transforms/plan.ts";
export { scriptPaths } from "./transforms/script-paths.ts";
export {
  type DerivedMessage,
  defineTransform,
  FILTERED,
  type MessageMetadata,
  type MessageTransform,
  type StepResult,
  type Transform,
  type TransformDefinition,
  type TransformMessage,
  type ValueTransform,
} from "./transforms/transform.ts";
