import assert from "node:assert/strict";
import { test } from "node:test";
import { connectorSnapshot } from "../../../test/connector-snapshot.ts";
import { addTotals, NO_TOTALS } from "../supervisor/run/totals.ts";
import { renderMetrics } from "./render.ts";

const STATES = "starting running retrying blocked standby stopping paused stopped completed failed".split(" ");

const sink = connectorSnapshot({
  key: 'st"dout\n',
  counters: {
    ...NO_TOTALS.counters,
    consumed: 10,
    processed: 7,
    delivered: 7,
    filtered: 2,
    deadLettered: 1,
    bytesIn: 99,
  },
  stages: { total: { buckets: [0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], sum: 7.5, count: 4 } },
  partitions: [
    {
      stream: "s",
      topic: "t",
      partition: 3,
      storedOffset: "9",
      endOffset: "11",
      lag: 2,
      oldestOpenAt: 1_000,
      inFlight: 1,
      state: "running",
    },
  ],
  lastSuccessAt: 1_500,
  delivery: { guarantee: "at-least-once", reason: undefined },
  distributions: { batch_messages: { buckets: [1, 0, 2, 0, 0, 0, 0, 0, 0, 1], sum: 90_201, count: 4 } },
  retries: [{ stage: "ffi", code: "IGC_SINK_DOWN", count: 3 }],
  deadLetters: [{ stage: "decode", code: "IGC_DECODE_JSON", count: 1 }],
  filteredBy: [{ transform: "only_paid", count: 2 }],
  tasks: [
    {
      task: 0,
      state: "running",
      since: 0,
      lastError: undefined,
      messagesInFlight: 1,
      bytesInFlight: 0,
      heapBytes: 4096,
      eventLoopUtilization: 0.25,
      placement: "shared",
      placementReason: "as configured",
      quarantine: undefined,
      restarts: 2,
    },
  ],
  restarts: new Map([["out_of_memory", 2]]),
  pluginMetrics: [
    { name: "rows_total", help: "Rows written", type: "counter", value: 5 },
    { name: "depth", help: "", type: "gauge", value: 1.5 },
  ],
});
const source = connectorSnapshot({ type: "source", key: "random", state: "retrying", status: "error" });

const labels = 'connector_key="st\\"dout\\n",connector_type="sink"';
const other = 'connector_key="random",connector_type="source"';
const state = (label: string, current: string): string =>
  STATES.map((name) => `iggy_connector_state{${label},state="${name}"} ${name === current ? 1 : 0}`).join("\n");
const guarantee = (label: string, current: string): string =>
  ["at-most-once", "at-least-once", "exactly-once"]
    .map((name) => `iggy_connector_delivery{${label},guarantee="${name}"} ${name === current ? 1 : 0}`)
    .join("\n");
const outcomes = (label: string, ...values: number[]): string =>
  ["delivered", "filtered", "skipped", "dead_lettered"]
    .map((outcome, index) => `iggy_connector_messages_total{${label},outcome="${outcome}"} ${values[index]}`)
    .join("\n");

test("the text is OpenMetrics: the original's families, then ours", () => {
  const droppedTelemetry = { logs: 7, traces: 0, metrics: 1 };
  const input = { connectors: [source, sink], configured: { source: 2, sink: 1 }, droppedTelemetry };
  const text = renderMetrics(input, 3_500);
  assert.equal(
    text,
    `# HELP iggy_connectors_sources_total Total configured source connectors.
# TYPE iggy_connectors_sources_total gauge
iggy_connectors_sources_total 2
# HELP iggy_connectors_sources_running Running source connectors.
# TYPE iggy_connectors_sources_running gauge
iggy_connectors_sources_running 0
# HELP iggy_connectors_sinks_total Total configured sink connectors.
# TYPE iggy_connectors_sinks_total gauge
iggy_connectors_sinks_total 1
# HELP iggy_connectors_sinks_running Running sink connectors.
# TYPE iggy_connectors_sinks_running gauge
iggy_connectors_sinks_running 1
# HELP iggy_connector_messages_produced Messages received from a source plugin.
# TYPE iggy_connector_messages_produced counter
iggy_connector_messages_produced_total{${other}} 0
# HELP iggy_connector_messages_sent Messages accepted by Iggy.
# TYPE iggy_connector_messages_sent counter
iggy_connector_messages_sent_total{${other}} 0
# HELP iggy_connector_messages_consumed Messages read from Iggy.
# TYPE iggy_connector_messages_consumed counter
iggy_connector_messages_consumed_total{${labels}} 10
# HELP iggy_connector_messages_processed Messages written by a sink plugin.
# TYPE iggy_connector_messages_processed counter
iggy_connector_messages_processed_total{${labels}} 7
# HELP iggy_connector_messages_filtered Messages filtered out by transforms.
# TYPE iggy_connector_messages_filtered counter
iggy_connector_messages_filtered_total{${other}} 0
iggy_connector_messages_filtered_total{${labels}} 2
# HELP iggy_connector_errors Errors of messages and batches.
# TYPE iggy_connector_errors counter
iggy_connector_errors_total{${other}} 0
iggy_connector_errors_total{${labels}} 0
# HELP iggy_connector_stage_duration_seconds Time spent per batch in each stage.
# TYPE iggy_connector_stage_duration_seconds histogram
iggy_connector_stage_duration_seconds_sum{${labels},stage="total"} 7.5
iggy_connector_stage_duration_seconds_count{${labels},stage="total"} 4
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="0.00005"} 0
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="0.0001"} 2
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="0.00025"} 2
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="0.0005"} 2
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="0.001"} 2
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="0.005"} 3
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="0.01"} 3
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="0.05"} 3
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="0.1"} 3
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="0.25"} 3
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="0.5"} 3
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="1.0"} 3
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="5.0"} 3
iggy_connector_stage_duration_seconds_bucket{${labels},stage="total",le="+Inf"} 4
# HELP iggy_connector_state 1 for the current state.
# TYPE iggy_connector_state gauge
${state(other, "retrying")}
${state(labels, "running")}
# HELP iggy_connector_delivery 1 for the delivery guarantee in force.
# TYPE iggy_connector_delivery gauge
${guarantee(other, "unknown")}
${guarantee(labels, "at-least-once")}
# HELP iggy_connector_version_rejected 1 while a version that should run cannot, and another one runs instead.
# TYPE iggy_connector_version_rejected gauge
iggy_connector_version_rejected{${other}} 0
iggy_connector_version_rejected{${labels}} 0
# HELP iggy_connector_messages Messages by outcome.
# TYPE iggy_connector_messages counter
${outcomes(other, 0, 0, 0, 0)}
${outcomes(labels, 7, 2, 0, 1)}
# HELP iggy_connector_messages_in_flight Messages that have no outcome yet.
# TYPE iggy_connector_messages_in_flight gauge
iggy_connector_messages_in_flight{${other}} 0
iggy_connector_messages_in_flight{${labels}} 0
# HELP iggy_connector_bytes_in_flight Bytes held by a connector.
# TYPE iggy_connector_bytes_in_flight gauge
iggy_connector_bytes_in_flight{${other}} 0
iggy_connector_bytes_in_flight{${labels}} 0
# HELP iggy_connector_bytes Payload bytes received and written.
# TYPE iggy_connector_bytes counter
iggy_connector_bytes_total{${other},direction="in"} 0
iggy_connector_bytes_total{${other},direction="out"} 0
iggy_connector_bytes_total{${labels},direction="in"} 99
iggy_connector_bytes_total{${labels},direction="out"} 0
# HELP iggy_connector_lag_messages Messages of a partition that are not yet consumed.
# TYPE iggy_connector_lag_messages gauge
iggy_connector_lag_messages{${labels},stream="s",topic="t",partition="3"} 2
# HELP iggy_connector_lag_seconds Age of the oldest message that has not ended.
# TYPE iggy_connector_lag_seconds gauge
iggy_connector_lag_seconds{${labels},stream="s",topic="t",partition="3"} 2.5
# HELP iggy_connector_end_to_end_seconds Time from the origin timestamp of a message to its delivery.
# TYPE iggy_connector_end_to_end_seconds histogram
# HELP iggy_connector_batch_messages Messages per batch.
# TYPE iggy_connector_batch_messages histogram
iggy_connector_batch_messages_sum{${labels}} 90201
iggy_connector_batch_messages_count{${labels}} 4
iggy_connector_batch_messages_bucket{${labels},le="1.0"} 1
iggy_connector_batch_messages_bucket{${labels},le="10.0"} 1
iggy_connector_batch_messages_bucket{${labels},le="100.0"} 3
iggy_connector_batch_messages_bucket{${labels},le="500.0"} 3
iggy_connector_batch_messages_bucket{${labels},le="1000.0"} 3
iggy_connector_batch_messages_bucket{${labels},le="2500.0"} 3
iggy_connector_batch_messages_bucket{${labels},le="5000.0"} 3
iggy_connector_batch_messages_bucket{${labels},le="10000.0"} 3
iggy_connector_batch_messages_bucket{${labels},le="50000.0"} 3
iggy_connector_batch_messages_bucket{${labels},le="+Inf"} 4
# HELP iggy_connector_batch_bytes Bytes per batch.
# TYPE iggy_connector_batch_bytes histogram
# HELP iggy_connector_retries Retries.
# TYPE iggy_connector_retries counter
iggy_connector_retries_total{${labels},stage="ffi",code="IGC_SINK_DOWN"} 3
# HELP iggy_connector_dead_letters Messages written to the dead-letter topic.
# TYPE iggy_connector_dead_letters counter
iggy_connector_dead_letters_total{${labels},stage="decode",code="IGC_DECODE_JSON"} 1
# HELP iggy_connector_transform_filtered Messages filtered out by a transform.
# TYPE iggy_connector_transform_filtered counter
iggy_connector_transform_filtered_total{${labels},transform="only_paid"} 2
# HELP iggy_connector_restarts Restarts of workers.
# TYPE iggy_connector_restarts counter
iggy_connector_restarts_total{${labels},reason="out_of_memory"} 2
# HELP iggy_connector_last_success_timestamp_seconds Time of the last successful delivery, seconds since the Unix epoch.
# TYPE iggy_connector_last_success_timestamp_seconds gauge
iggy_connector_last_success_timestamp_seconds{${labels}} 1.5
# HELP iggy_connector_rebalances Changes of the partition assignment.
# TYPE iggy_connector_rebalances counter
iggy_connector_rebalances_total{${labels}} 0
# HELP iggy_connector_relocations Partitions read from elsewhere than where they were left: recreated, purged, moved in the target.
# TYPE iggy_connector_relocations counter
iggy_connector_relocations_total{${labels}} 0
# HELP iggy_connector_worker_heap_bytes JavaScript heap used by the worker of a task.
# TYPE iggy_connector_worker_heap_bytes gauge
iggy_connector_worker_heap_bytes{${labels},task="0"} 4096
# HELP iggy_connector_worker_event_loop_utilization Utilization of the event loop of a task's worker.
# TYPE iggy_connector_worker_event_loop_utilization gauge
iggy_connector_worker_event_loop_utilization{${labels},task="0"} 0.25
# HELP iggy_connector_placement 1 for where a task runs.
# TYPE iggy_connector_placement gauge
iggy_connector_placement{${labels},task="0",placement="thread"} 0
iggy_connector_placement{${labels},task="0",placement="shared"} 1
iggy_connector_placement{${labels},task="0",placement="process"} 0
# HELP iggy_connector_quarantined 1 for a task that ended a shared worker and has a thread of its own.
# TYPE iggy_connector_quarantined gauge
iggy_connector_quarantined{${labels},task="0"} 0
# HELP iggy_connector_quarantines Times that a task was quarantined, by what it did to a shared worker.
# TYPE iggy_connector_quarantines counter
# HELP iggy_connector_plugin_depth Defined by a plugin.
# TYPE iggy_connector_plugin_depth gauge
iggy_connector_plugin_depth{${labels}} 1.5
# HELP iggy_connector_plugin_rows Rows written.
# TYPE iggy_connector_plugin_rows counter
iggy_connector_plugin_rows_total{${labels}} 5
# HELP iggy_connectors_telemetry_dropped Telemetry records that were not delivered.
# TYPE iggy_connectors_telemetry_dropped counter
iggy_connectors_telemetry_dropped_total{signal="logs"} 7
iggy_connectors_telemetry_dropped_total{signal="traces"} 0
iggy_connectors_telemetry_dropped_total{signal="metrics"} 1
# EOF
`,
  );
});

test("without connectors there are four gauges, and families without samples", () => {
  const text = renderMetrics({ connectors: [], configured: { source: 0, sink: 0 } });
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.deepEqual(samples, [
    "iggy_connectors_sources_total 0",
    "iggy_connectors_sources_running 0",
    "iggy_connectors_sinks_total 0",
    "iggy_connectors_sinks_running 0",
  ]);
  assert.doesNotMatch(text, /_total_total/);
});

test("a name that two plugins use for different types yields one family", () => {
  const metric = (type: "counter" | "gauge") => ({ name: "x", help: "X", type, value: 1 });
  const text = renderMetrics({
    connectors: [
      connectorSnapshot({ key: "a", pluginMetrics: [metric("gauge")] }),
      connectorSnapshot({ key: "b", pluginMetrics: [metric("counter")] }),
    ],
    configured: { source: 0, sink: 2 },
  });
  assert.equal(text.match(/# TYPE iggy_connector_plugin_x /g)?.length, 1);
  assert.equal(text.match(/^iggy_connector_plugin_x/gm)?.length, 1);
});

test("totals are summed over tasks and restarts", () => {
  const one = {
    ...NO_TOTALS,
    retries: [{ stage: "ffi", code: "IGC_SINK_DOWN", count: 2 }],
    counters: { ...NO_TOTALS.counters, consumed: 3 },
    stages: { total: { buckets: [1, 0], sum: 1, count: 1 } },
    pluginMetrics: [{ name: "x", help: "", type: "counter" as const, value: 2 }],
  };
  const sum = addTotals(one, addTotals(one, NO_TOTALS));
  assert.equal(sum.counters.consumed, 6);
  assert.deepEqual(sum.stages.total, { buckets: [2, 0], sum: 2, count: 2 });
  assert.equal(sum.pluginMetrics[0]?.value, 4);
  assert.deepEqual(sum.retries, [{ stage: "ffi", code: "IGC_SINK_DOWN", count: 4 }]);
});
