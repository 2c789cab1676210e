import { COUNTERS, MESSAGE_OUTCOMES } from "../../shared/task/counters.ts";
import { DELIVERIES } from "../../shared/task/delivery.ts";
import { TASK_STATES } from "../../shared/task/states.ts";
import { DISTRIBUTION_BUCKETS, type Distribution, STAGE_BUCKETS, STAGES } from "../../shared/task/task-status.ts";
import type { ConnectorSnapshot } from "../supervisor/connectors/snapshot.ts";
import { ISOLATIONS } from "../supervisor/placements/placement.ts";
import type { DroppedTelemetry } from "../telemetry/telemetry.ts";
import { type MetricsInput, runningCount } from "./metrics-input.ts";
import type { Labels, MetricsWriter } from "./metrics-writer.ts";
import { ORIGINAL_COUNTERS } from "./original-counters.ts";
import { MetricsText } from "./text-writer.ts";

/** The content type that the original sends, although the text is OpenMetrics. */
export const METRICS_CONTENT_TYPE = "text/plain; charset=utf-8";

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
    text
      .family(`iggy_connectors_${type}s_total`, "gauge", `Total configured ${type} connectors`)
      .sample({}, configured[type]);
    text
      .family(`iggy_connectors_${type}s_running`, "gauge", `Running ${type} connectors`)
      .sample({}, runningCount(connectors, type));
  }
  renderOriginalCounters(text, connectors);
  renderStages(text, connectors);
  renderState(text, connectors);
  renderDelivery(text, connectors);
  renderRejected(text, connectors);
  renderMessages(text, connectors);
  renderLag(text, connectors, now);
  renderDistributions(text, connectors);
  renderFailures(text, connectors);
  renderWorkers(text, connectors);
  renderPlacements(text, connectors);
  renderPluginMetrics(text, connectors);
  if (droppedTelemetry !== undefined) renderTelemetry(text, droppedTelemetry);
}

const labelsOf = ({ key, type }: ConnectorSnapshot): Labels => ({ connector_key: key, connector_type: type });

function renderOriginalCounters(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  for (const name of ORIGINAL_COUNTERS) renderCounter(text, connectors, name);
}

function renderCounter(
  text: MetricsWriter,
  connectors: readonly ConnectorSnapshot[],
  name: (typeof ORIGINAL_COUNTERS)[number] | "rebalances" | "relocations",
): void {
  const { metric, help, types } = COUNTERS[name];
  const family = text.family(`iggy_connector_${metric}`, "counter", help);
  for (const one of connectors) if (types.includes(one.type)) family.sample(labelsOf(one), one.counters[name]);
}

function renderStages(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const family = text.family(
    "iggy_connector_stage_duration_seconds",
    "histogram",
    "Time spent per batch in each stage",
  );
  for (const one of connectors) {
    for (const stage of STAGES) {
      const histogram = one.stages[stage];
      if (histogram !== undefined) family.histogram({ ...labelsOf(one), stage }, STAGE_BUCKETS, histogram);
    }
  }
}

function renderState(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const state = text.family("iggy_connector_state", "gauge", "1 for the current state");
  for (const one of connectors) {
    for (const name of TASK_STATES) {
      state.sample({ ...labelsOf(one), state: name }, name === one.state ? 1 : 0);
    }
  }
}

/** All three are written, so that an alert on the one that is expected never finds its series missing. */
function renderDelivery(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const family = text.family("iggy_connector_delivery", "gauge", "1 for the delivery guarantee in force");
  for (const one of connectors) {
    for (const guarantee of DELIVERIES) {
      family.sample({ ...labelsOf(one), guarantee }, guarantee === one.delivery?.guarantee ? 1 : 0);
    }
  }
}

function renderRejected(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const family = text.family(
    "iggy_connector_version_rejected",
    "gauge",
    "1 while a version that should run cannot, and another one runs instead",
  );
  for (const one of connectors) family.sample(labelsOf(one), one.rejected === undefined ? 0 : 1);
}

function renderMessages(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const messages = text.family("iggy_connector_messages", "counter", "Messages by outcome");
  for (const one of connectors) {
    for (const name of MESSAGE_OUTCOMES) {
      messages.sample({ ...labelsOf(one), outcome: COUNTERS[name].key }, one.counters[name]);
    }
  }
  const inFlight = text.family("iggy_connector_messages_in_flight", "gauge", "Messages that have no outcome yet");
  for (const one of connectors) inFlight.sample(labelsOf(one), one.messagesInFlight);
  const bytesInFlight = text.family("iggy_connector_bytes_in_flight", "gauge", "Bytes held by a connector");
  for (const one of connectors) bytesInFlight.sample(labelsOf(one), one.bytesInFlight);
  const bytes = text.family("iggy_connector_bytes", "counter", "Payload bytes received and written");
  for (const one of connectors) {
    bytes.sample({ ...labelsOf(one), direction: "in" }, one.counters.bytesIn);
    bytes.sample({ ...labelsOf(one), direction: "out" }, one.counters.bytesOut);
  }
}

function renderLag(text: MetricsWriter, connectors: readonly ConnectorSnapshot[], now: number): void {
  const lag = text.family("iggy_connector_lag_messages", "gauge", "Messages of a partition that are not yet consumed");
  for (const one of connectors) {
    for (const { stream, topic, partition, lag: behind } of one.partitions) {
      lag.sample({ ...labelsOf(one), stream, topic, partition }, behind);
    }
  }
  const seconds = text.family("iggy_connector_lag_seconds", "gauge", "Age of the oldest message that has not ended");
  for (const one of connectors) {
    for (const { stream, topic, partition, oldestOpenAt } of one.partitions) {
      const age = oldestOpenAt === undefined ? 0 : Math.max(0, now - oldestOpenAt) / 1000;
      seconds.sample({ ...labelsOf(one), stream, topic, partition }, age);
    }
  }
}

const DISTRIBUTIONS: Readonly<Record<Distribution, string>> = {
  end_to_end_seconds: "Time from the origin timestamp of a message to its delivery",
  batch_messages: "Messages per batch",
  batch_bytes: "Bytes per batch",
};

function renderDistributions(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  for (const [name, help] of Object.entries(DISTRIBUTIONS) as [Distribution, string][]) {
    const family = text.family(`iggy_connector_${name}`, "histogram", help);
    for (const one of connectors) {
      const histogram = one.distributions[name];
      if (histogram !== undefined) family.histogram(labelsOf(one), DISTRIBUTION_BUCKETS[name], histogram);
    }
  }
}

function renderFailures(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const retries = text.family("iggy_connector_retries", "counter", "Retries");
  for (const one of connectors) {
    for (const { stage, code, count } of one.retries) retries.sample({ ...labelsOf(one), stage, code }, count);
  }
  const letters = text.family("iggy_connector_dead_letters", "counter", "Messages written to the dead-letter topic");
  for (const one of connectors) {
    for (const { stage, code, count } of one.deadLetters) letters.sample({ ...labelsOf(one), stage, code }, count);
  }
  const filtered = text.family("iggy_connector_transform_filtered", "counter", "Messages filtered out by a transform");
  for (const one of connectors) {
    for (const { transform, count } of one.filteredBy) filtered.sample({ ...labelsOf(one), transform }, count);
  }
  const restarts = text.family("iggy_connector_restarts", "counter", "Restarts of workers");
  for (const one of connectors) {
    for (const [reason, count] of one.restarts) restarts.sample({ ...labelsOf(one), reason }, count);
  }
  const success = text.family(
    "iggy_connector_last_success_timestamp_seconds",
    "gauge",
    "Time of the last successful delivery, seconds since the Unix epoch",
  );
  for (const one of connectors) {
    if (one.lastSuccessAt !== undefined) success.sample(labelsOf(one), one.lastSuccessAt / 1000);
  }
  renderCounter(text, connectors, "rebalances");
  renderCounter(text, connectors, "relocations");
}

function renderWorkers(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const heap = text.family("iggy_connector_worker_heap_bytes", "gauge", "JavaScript heap used by the worker of a task");
  for (const one of connectors) {
    for (const { task, heapBytes } of one.tasks) heap.sample({ ...labelsOf(one), task }, heapBytes);
  }
  const utilization = text.family(
    "iggy_connector_worker_event_loop_utilization",
    "gauge",
    "Utilization of the event loop of a task's worker",
  );
  for (const one of connectors) {
    for (const { task, eventLoopUtilization } of one.tasks) {
      utilization.sample({ ...labelsOf(one), task }, eventLoopUtilization);
    }
  }
}

function renderPlacements(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const placements = text.family("iggy_connector_placement", "gauge", "1 for where a task runs");
  for (const one of connectors) {
    for (const { task, placement } of one.tasks) {
      for (const name of ISOLATIONS) {
        placements.sample({ ...labelsOf(one), task, placement: name }, name === placement ? 1 : 0);
      }
    }
  }
  const quarantined = text.family(
    "iggy_connector_quarantined",
    "gauge",
    "1 for a task that ended a shared worker and has a thread of its own",
  );
  for (const one of connectors) {
    for (const { task, quarantine } of one.tasks) {
      quarantined.sample({ ...labelsOf(one), task }, quarantine?.state === "quarantined" ? 1 : 0);
    }
  }
  const quarantines = text.family(
    "iggy_connector_quarantines",
    "counter",
    "Times that a task was quarantined, by what it did to a shared worker",
  );
  for (const one of connectors) {
    for (const [reason, count] of one.quarantines) quarantines.sample({ ...labelsOf(one), reason }, count);
  }
}

function renderTelemetry(text: MetricsWriter, dropped: DroppedTelemetry): void {
  const family = text.family(
    "iggy_connectors_telemetry_dropped",
    "counter",
    "Telemetry records that were not delivered",
  );
  for (const [signal, count] of Object.entries(dropped)) family.sample({ signal }, count);
}

/** One family per name. If two plugins use a name for different types, the first type wins. */
function renderPluginMetrics(text: MetricsWriter, connectors: readonly ConnectorSnapshot[]): void {
  const metrics = connectors.flatMap((one) => one.pluginMetrics.map((metric) => ({ ...metric, one })));
  const families = Map.groupBy(metrics, ({ name, type }) => (type === "counter" ? name.replace(/_total$/, "") : name));
  for (const [name, samples] of [...families].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { type, help } = samples[0]!;
    const family = text.family(`iggy_connector_plugin_${name}`, type, help === "" ? "Defined by a plugin" : help);
    for (const sample of samples) if (sample.type === type) family.sample(labelsOf(sample.one), sample.value);
  }
}
