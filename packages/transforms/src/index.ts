export { forgetValues, originSpan, originTimestamps } from "./batch/polled-batch.ts";
export { type CompileOptions, compileTransforms } from "./chain/compile.ts";
export { type OnError, StepFailure, TransformPlan, type TransformStep } from "./chain/transform-plan.ts";
export { maskTransforms, transformSecrets } from "./config/mask-transforms.ts";
export { scriptPaths } from "./config/script-paths.ts";
export type { Expression, TransformContext } from "./definition/context.ts";
export type { ExampleMessage, TransformExample } from "./definition/example.ts";
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
} from "./definition/transform.ts";
export {
  type BatchPlan,
  type BatchPlanOptions,
  createBatchPlan,
  type PlanResult,
} from "./plan/batch-plan.ts";
export type { FailureStage, MessageFailure } from "./plan/message-failure.ts";
export type { PayloadRanges } from "./plan/payload-encoder.ts";
export {
  createProducePlan,
  type ProducePlan,
  type ProduceResult,
  type TransformedMessages,
} from "./plan/produce-plan.ts";
export type { MessageTrace, TracedMessage, TraceEnd } from "./plan/trace.ts";
