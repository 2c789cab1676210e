import { STATES } from "../../shared/task/states.ts";
import type { ConnectorType } from "../../shared/task/task-spec.ts";
import {
  DISTRIBUTION_BUCKETS,
  type Distribution,
  STAGE_BUCKETS,
  type Stage,
  type TaskCounters,
} from "../../shared/task/task-status.ts";
import type { ConnectorSnapshot } from "../supervisor/connectors/snapshot.ts";
import type { DroppedTelemetry } from "../telemetry/telemetry.ts";
import type { Labels, MetricsWriter } from "./metrics-writer.ts";
import { MetricsText } from "./text-writer.ts";

/** As the original serves it, though the text is OpenMetrics. */
export const METRICS_CONTENT_TYPE = "text/plain; charset=utf-8";

/** What the metrics tell of: all connectors that run or should, and how many are configured, with the disabled ones. */
export interface MetricsInput {
  readonly connectors: readonly ConnectorSnapshot[];
  readonly configured: Readonly<Record<ConnectorType, number>>;
  /** Only where telemetry is exported. */
  readonly droppedTelemetry?: DroppedTelemetry | undefined;
}

/** The metrics as OpenMetrics text. */
export function renderMetrics(input: MetricsInput, now: number = Date.now()): string {
  const text = new MetricsText();
  writeMetrics(text, input, now);
  return text.finish();
}

/** The original's families first, then ours. `now`: milliseconds since the Unix epoch. */
export function writeMetrics(
  text: MetricsWriter,
  { connectors, configured, droppedTelemetry }: MetricsInput,
  now: number = Date.now(),
): void {
  for (const type of ["source", "sink"] as const) {
    const running = connectors.filter((one) => one.type === type && one.state === "running").length;
    text
      .family(`iggy_connectors_${type}s_total`, "gauge", `Total configured ${type} connectors`)
      .sample({}, configured[type]);
    text
      .family(`iggy_connectors_${type}s_running`, "gauge", `${type} connectors in the state running`)
      .sample({}, running);
  }
  renderOriginalCounters(text, connectors);
  renderStages(text, connectors);
  renderState(text, connectors);
  renderMessages(text, connectors);
  renderLag(text, connectors, now);
  renderDistributions(text, connectors);
  renderTrouble(text, connectors);
  renderWorkers(text, connectors);
  renderPluginMetrics(text, connectors);
  if (droppedTelemetry !== undefined) renderTelemetry(text, droppedTelemetry);
}

const labelsOf = ({ key, type }: ConnectorSnapshot): Labels => ({ connector_key: key, connector_type: type });

interface OriginalCounter {
  readonly name: string;
  readonly help: string;
  readonly counter: keyof TaskCounters;
  readonly types: readonly ConnectorType[];
}

const ORIGINAL_COUNTERS: readonly OriginalCounter[] = [
  {
    name: "messages_produced",
    help: "Messages received from a source plugin",
    counter: "produced",
    types: ["source"],
  },
  { name: "messages_sent", help: "Messages accepted by Iggy", counter: "sent", types: ["source"] },
  { name: "messages_consumed", help: "Messages taken from Iggy", counter: "consumed", types: ["sink"] },
  {
    name: "messages_processed",
    help: "Messages handed to a sink plugin and written",
    counter: "processed",
    types: ["sink"],
  },
  {
    name: "messages_filtered",
    help: "Messages dropped on purpose by transforms",
    counter: "filtered",
    types: ["source", "sink"],
  },
  { name: "errors", help: "Errors of messages and batches", counter: "errors", types: ["source", "sink"] },
];

function renderOriginalCounters(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  for (const { name, help, counter, types } of ORIGINAL_COUNTERS) {
    const family = text.family(`iggy_connector_${name}`, "counter", help);
    for (const one of connectors) if (types.includes(one.type)) family.sample(labelsOf(one), one.counters[counter]);
  }
}

function renderStages(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const family = text.family("iggy_connector_stage_duration_seconds", "histogram", "Time per batch and stage");
  for (const one of connectors) {
    for (const stage of ["decode", "prepare", "ffi", "iggy_send", "state_save", "total"] satisfies Stage[]) {
      const histogram = one.stages[stage];
      if (histogram !== undefined) family.histogram({ ...labelsOf(one), stage }, STAGE_BUCKETS, histogram);
    }
  }
}

function renderState(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const state = text.family("iggy_connector_state", "gauge", "1 for the present state");
  for (const one of connectors) {
    for (const name of Object.keys(STATES)) {
      state.sample({ ...labelsOf(one), state: name }, name === one.state ? 1 : 0);
    }
  }
}

const OUTCOMES = [
  ["delivered", "delivered"],
  ["filtered", "filtered"],
  ["skipped", "skipped"],
  ["dead_lettered", "deadLettered"],
] as const satisfies readonly (readonly [string, keyof TaskCounters])[];

function renderMessages(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const messages = text.family("iggy_connector_messages", "counter", "Messages by how they ended");
  for (const one of connectors) {
    for (const [outcome, counter] of OUTCOMES) messages.sample({ ...labelsOf(one), outcome }, one.counters[counter]);
  }
  const inFlight = text.family("iggy_connector_messages_in_flight", "gauge", "Messages that have not ended yet");
  for (const one of connectors) inFlight.sample(labelsOf(one), one.messagesInFlight);
  const bytesInFlight = text.family("iggy_connector_bytes_in_flight", "gauge", "Bytes that a connector holds");
  for (const one of connectors) bytesInFlight.sample(labelsOf(one), one.bytesInFlight);
  const bytes = text.family("iggy_connector_bytes", "counter", "Payload bytes taken in and given out");
  for (const one of connectors) {
    bytes.sample({ ...labelsOf(one), direction: "in" }, one.counters.bytesIn);
    bytes.sample({ ...labelsOf(one), direction: "out" }, one.counters.bytesOut);
  }
}

function renderLag(text: MetricsWriter, connectors: readonly ConnectorSnapshot[], now: number): void {
  const lag = text.family("iggy_connector_lag_messages", "gauge", "Messages behind the end of the partition");
  for (const one of connectors) {
    for (const { stream, topic, partition, lag: behind } of one.partitions) {
      lag.sample({ ...labelsOf(one), stream, topic, partition }, behind);
    }
  }
  const seconds = text.family("iggy_connector_lag_seconds", "gauge", "Age of the oldest message in hand");
  for (const one of connectors) {
    for (const { stream, topic, partition, oldestOpenAt } of one.partitions) {
      const age = oldestOpenAt === undefined ? 0 : Math.max(0, now - oldestOpenAt) / 1000;
      seconds.sample({ ...labelsOf(one), stream, topic, partition }, age);
    }
  }
}

const DISTRIBUTIONS: readonly (readonly [Distribution, string])[] = [
  ["end_to_end_seconds", "Time from a message's making to its delivery"],
  ["batch_messages", "Messages per batch"],
  ["batch_bytes", "Bytes per batch"],
];

function renderDistributions(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  for (const [name, help] of DISTRIBUTIONS) {
    const family = text.family(`iggy_connector_${name}`, "histogram", help);
    for (const one of connectors) {
      const histogram = one.distributions[name];
      if (histogram !== undefined) family.histogram(labelsOf(one), DISTRIBUTION_BUCKETS[name], histogram);
    }
  }
}

function renderTrouble(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const retries = text.family("iggy_connector_retries", "counter", "Attempts that were repeated");
  for (const one of connectors) {
    for (const { stage, code, count } of one.retries) retries.sample({ ...labelsOf(one), stage, code }, count);
  }
  const letters = text.family("iggy_connector_dead_letters", "counter", "Messages written to the dead-letter topic");
  for (const one of connectors) {
    for (const { stage, code, count } of one.deadLetters) letters.sample({ ...labelsOf(one), stage, code }, count);
  }
  const filtered = text.family("iggy_connector_transform_filtered", "counter", "Messages that a transform left out");
  for (const one of connectors) {
    for (const { code: transform, count } of one.filteredBy) filtered.sample({ ...labelsOf(one), transform }, count);
  }
  const restarts = text.family("iggy_connector_restarts", "counter", "Workers started again after one died");
  for (const one of connectors) {
    for (const [reason, count] of one.restarts) restarts.sample({ ...labelsOf(one), reason }, count);
  }
  const success = text.family(
    "iggy_connector_last_success_timestamp_seconds",
    "gauge",
    "When something was last delivered, seconds since the Unix epoch",
  );
  for (const one of connectors) {
    if (one.lastSuccessAt !== undefined) success.sample(labelsOf(one), one.lastSuccessAt / 1000);
  }
  const rebalances = text.family("iggy_connector_rebalances", "counter", "Changes of the assigned partitions");
  for (const one of connectors) if (one.type === "sink") rebalances.sample(labelsOf(one), one.counters.rebalances);
}

function renderWorkers(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const heap = text.family("iggy_connector_worker_heap_bytes", "gauge", "JavaScript heap in use by a task's worker");
  for (const one of connectors) {
    for (const { task, heapBytes } of one.tasks) heap.sample({ ...labelsOf(one), task }, heapBytes);
  }
  const utilization = text.family(
    "iggy_connector_worker_event_loop_utilization",
    "gauge",
    "Busy share of a task's event loop",
  );
  for (const one of connectors) {
    for (const { task, eventLoopUtilization } of one.tasks) {
      utilization.sample({ ...labelsOf(one), task }, eventLoopUtilization);
    }
  }
}

function renderTelemetry(text: MetricsWriter, dropped: DroppedTelemetry): void {
  const family = text.family("iggy_connectors_telemetry_dropped", "counter", "Telemetry records that never arrived");
  for (const [signal, count] of Object.entries(dropped)) family.sample({ signal }, count);
}

/** A family per name; where two plugins use a name for different types, the first type is the family's. */
function renderPluginMetrics(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const metrics = connectors.flatMap((one) => one.pluginMetrics.map((metric) => ({ ...metric, one })));
  const families = Map.groupBy(metrics, ({ name, type }) => (type === "counter" ? name.replace(/_total$/, "") : name));
  for (const [name, samples] of [...families].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { type, help } = samples[0]!;
    const family = text.family(`iggy_connector_plugin_${name}`, type, help === "" ? "Made by a plugin" : help);
    for (const sample of samples) if (sample.type === type) family.sample(labelsOf(sample.one), sample.value);
  }
}
