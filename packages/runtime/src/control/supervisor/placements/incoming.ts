import { ConnectorError } from "@iggy-connectors/sdk";
import { z } from "zod";
import type { InspectionReply } from "../../../shared/jobs/inspection.ts";
import type { JobEvent } from "../../../shared/jobs/job.ts";
import type { ModuleAnswer } from "../../../shared/jobs/module-answer.ts";
import { COUNTER_NAMES } from "../../../shared/task/counters.ts";
import { DELIVERIES } from "../../../shared/task/delivery.ts";
import { PARTITION_STATES, TASK_STATES } from "../../../shared/task/states.ts";
import type { TaskEvent } from "../../../shared/task/task-messages.ts";
import { LOG_LEVELS } from "../../../shared/task/task-spec.ts";
import type { SharedEvent } from "../../../shared/workers/shared-protocol.ts";
import type { WorkerMessage } from "../../../shared/workers/worker-protocol.ts";

// What a worker sends is made by the runtime's own code, but of values that a plugin gave it, in a thread or process where a
// plugin may change anything. It is looked at before it is used: whatever arrives, it ends that worker alone.

/** What a worker sent is not what the runtime expects. */
export class MalformedMessageError extends ConnectorError {
  override readonly name = "MalformedMessageError";
  constructor(cause: unknown) {
    const reason = cause instanceof z.ZodError ? describeIssue(cause) : cause instanceof Error ? cause.message : "";
    super(`the worker sent a message that the runtime does not understand${reason === "" ? "" : `: ${reason}`}`, {
      code: "IGC_PLUGIN_MESSAGE",
      fix: "a plugin must not use parentPort, process.send or the runtime's own modules",
      cause,
    });
  }
}

/** Gives an event back when it has the expected shape. @throws ZodError */
export type CheckEvent<Event> = (received: unknown) => Event;

// Objects are loose: a field that is not described here is passed on.
const whole = z.number().int();
/** Also not a number, or infinite: a plugin may set its gauges to that. */
const anyNumber = z.custom<number>((value) => typeof value === "number", "must be a number");
const moment = z.number().min(-8.64e15).max(8.64e15);
const text = z.string();
const optionalText = text.optional();

const error = z.looseObject({
  code: text,
  message: text,
  place: optionalText,
  fix: optionalText,
  timestamp: z.number(),
});
const histogram = z.looseObject({ buckets: z.array(z.number()), sum: z.number(), count: z.number() });
const histograms = z.record(text, histogram.optional());
const labelled = z.array(z.looseObject({ count: z.number() }));
const partition = z.looseObject({
  stream: text,
  topic: text,
  partition: whole,
  storedOffset: optionalText,
  endOffset: optionalText,
  lag: z.number(),
  oldestOpenAt: z.number().optional(),
  inFlight: whole,
  state: z.enum(PARTITION_STATES),
});

const status = z.looseObject({
  state: z.enum(TASK_STATES),
  since: moment,
  lastError: error.optional(),
  retry: z.looseObject({ attempts: whole, since: moment, nextAttemptAt: moment }).optional(),
  lastSuccessAt: moment.optional(),
  delivery: z.looseObject({ guarantee: z.enum(DELIVERIES), reason: optionalText }).optional(),
  counters: z.looseObject(Object.fromEntries(COUNTER_NAMES.map((name) => [name, z.number()]))),
  stages: histograms,
  distributions: histograms,
  retries: labelled,
  deadLetters: labelled,
  filteredBy: labelled,
  heapBytes: z.number(),
  eventLoopUtilization: z.number(),
  partitions: z.array(partition),
  messagesInFlight: whole,
  bytesInFlight: z.number(),
  pluginMetrics: z.array(
    z.looseObject({ name: text, help: text, type: z.enum(["counter", "gauge"]), value: anyNumber }),
  ),
});

const logs = z.object({
  type: z.literal("logs"),
  lines: z.array(
    z.looseObject({
      level: z.enum(LOG_LEVELS),
      time: moment,
      message: text,
      fields: z.record(text, z.unknown()).optional(),
    }),
  ),
});

const described = z.looseObject({
  name: text,
  version: text,
  description: text,
  delivery: z.enum(DELIVERIES),
  schemas: z.array(text),
  effectiveDelivery: z.enum(DELIVERIES),
});

const taskEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("described"), plugin: described }),
  z.object({ type: z.literal("status"), status }),
  z.object({ type: z.literal("ended"), status }),
  logs,
  z.object({
    type: z.literal("tapped"),
    messages: z.array(z.looseObject({ point: text, headers: z.record(text, z.unknown()) })),
  }),
]);

const jobEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("answer"), answer: z.unknown() }),
  z.object({ type: z.literal("failed"), error }),
  logs,
  z.object({ type: z.literal("alive") }),
]);

const crash = z.object({ message: text, code: optionalText });

const workerMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("event"), event: z.unknown() }),
  z.object({ type: z.literal("crashed"), crash }),
  z.object({ type: z.literal("done") }),
]);

const sharedEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("task"), id: whole, event: taskEvent }),
  z.object({ type: z.literal("ended"), id: whole }),
  z.object({ type: z.literal("failed"), id: whole, crash }),
  z.object({ type: z.literal("ending"), id: whole }),
]);

export const checkTaskEvent: CheckEvent<TaskEvent> = (received) => taskEvent.parse(received) as unknown as TaskEvent;

export const checkJobEvent: CheckEvent<JobEvent> = (received) => jobEvent.parse(received) as unknown as JobEvent;

export const checkSharedEvent: CheckEvent<SharedEvent> = (received) =>
  sharedEvent.parse(received) as unknown as SharedEvent;

const inspectionReply = z.looseObject({
  plugin: described.optional(),
  error: error.optional(),
  findings: z.array(
    z.looseObject({
      level: z.enum(["error", "warning"]),
      code: text,
      message: text,
      place: optionalText,
      fix: optionalText,
    }),
  ),
  connected: z.boolean(),
  delivery: z.looseObject({ guarantee: z.enum(DELIVERIES), reason: text }).optional(),
});

const moduleAnswer = z.union([z.object({ problem: text }), z.object({ value: z.unknown() })]);

export const checkInspectionReply: CheckEvent<InspectionReply> = (received) =>
  inspectionReply.parse(received) as unknown as InspectionReply;

export const checkModuleAnswer: CheckEvent<ModuleAnswer> = (received) => moduleAnswer.parse(received);

/** @throws ZodError */
export function readWorkerMessage(received: unknown): WorkerMessage<unknown> {
  return workerMessage.parse(received) as WorkerMessage<unknown>;
}

/** Which part is wrong, without its value. */
function describeIssue({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return "";
  const path = issue.path.map(String).join(".");
  return `${path === "" ? "" : `${path}: `}${issue.message}`;
}
