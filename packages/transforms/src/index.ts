export { type CompileOptions, compileTransforms } from "./chain/compile.ts";
export type { Expression, TransformContext } from "./chain/context.ts";
export type { ExampleMessage, TransformExample } from "./chain/example.ts";
export { transformJsonSchema } from "./chain/json-schema.ts";
export { maskTransforms, transformSecrets } from "./chain/mask-transforms.ts";
export { TRANSFORMS } from "./chain/registry.ts";
export { scriptPaths } from "./chain/script-paths.ts";
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
} from "./chain/transform.ts";
export { type OnError, StepFailure, TransformPlan, type TransformStep } from "./chain/transform-plan.ts";
export {
  type BatchPlan,
  type BatchPlanOptions,
  createBatchPlan,
  type PlanResult,
} from "./plan/batch-plan.ts";
export type { FailureStage, MessageFailure } from "./plan/message-failure.ts";
export {
  createProducePlan,
  type ProducePlan,
  type ProduceResult,
  type TransformedMessages,
} from "./plan/produce-plan.ts";
export type { MessageTrace, TracedMessage, TraceEnd } from "./plan/trace.ts";
