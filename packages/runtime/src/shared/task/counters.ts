import type { ConnectorType } from "./task-spec.ts";

const BOTH: readonly ConnectorType[] = ["sink", "source"];
const SINKS: readonly ConnectorType[] = ["sink"];
const SOURCES: readonly ConnectorType[] = ["source"];

interface Counter {
  /** Its name in the API, and as a label in the metrics. */
  readonly key: string;
  /** The types of connector that count it; it stays 0 in the others. */
  readonly types: readonly ConnectorType[];
  /** What it counts. */
  readonly help: string;
  /** Where the counter alone is a metric: the name after `iggy_connector_`, without `_total`. */
  readonly metric?: string;
  /** It is one of the ways in which a message ends. */
  readonly outcome?: true;
}

/**
 * Every counter of a task: cumulative since its worker's start, added up by the control plane over restarts and tasks. API,
 * metrics and command line are derived from this table.
 */
export const COUNTERS = {
  consumed: { key: "consumed", types: SINKS, help: "Messages read from Iggy", metric: "messages_consumed" },
  /** The original's word for delivered. */
  processed: {
    key: "processed",
    types: SINKS,
    help: "Messages written by a sink plugin",
    metric: "messages_processed",
  },
  produced: {
    key: "produced",
    types: SOURCES,
    help: "Messages received from a source plugin",
    metric: "messages_produced",
  },
  sent: { key: "sent", types: SOURCES, help: "Messages accepted by Iggy", metric: "messages_sent" },
  delivered: { key: "delivered", types: BOTH, help: "Delivered messages", outcome: true },
  filtered: {
    key: "filtered",
    types: BOTH,
    help: "Messages filtered out by transforms",
    metric: "messages_filtered",
    outcome: true,
  },
  skipped: { key: "skipped", types: BOTH, help: "Failed messages skipped because of on_error", outcome: true },
  deadLettered: {
    key: "dead_lettered",
    types: BOTH,
    help: "Failed messages written to the dead-letter topic",
    outcome: true,
  },
  errors: { key: "errors", types: BOTH, help: "Errors of messages and batches", metric: "errors" },
  retries: { key: "retries", types: BOTH, help: "Retries" },
  rebalances: { key: "rebalances", types: SINKS, help: "Changes of the partition assignment", metric: "rebalances" },
  relocations: {
    key: "relocations",
    types: SINKS,
    help: "Partitions read from elsewhere than where they were left: recreated, purged, moved in the target",
    metric: "relocations",
  },
  bytesIn: { key: "bytes_in", types: BOTH, help: "Payload bytes received" },
  bytesOut: { key: "bytes_out", types: BOTH, help: "Payload bytes written" },
} as const satisfies Readonly<Record<string, Counter>>;

export type CounterName = keyof typeof COUNTERS;

export const COUNTER_NAMES = Object.keys(COUNTERS) as readonly CounterName[];

export type TaskCounters = Record<CounterName, number>;

type OutcomeOf<Name extends CounterName> = Name extends unknown
  ? (typeof COUNTERS)[Name] extends { readonly outcome: true }
    ? Name
    : never
  : never;

/** Invariant 4: how a message ends. Its counter has the same name. */
export type MessageOutcome = OutcomeOf<CounterName>;

export const MESSAGE_OUTCOMES = COUNTER_NAMES.filter(isOutcome);

export function noCounters(): TaskCounters {
  return Object.fromEntries(COUNTER_NAMES.map((name) => [name, 0])) as TaskCounters;
}

/** The sum of two sets of counters; one that is missing in either, since another version counted, is 0. */
export function addCounters(left: Readonly<TaskCounters>, right: Readonly<TaskCounters>): TaskCounters {
  const sum = noCounters();
  for (const name of COUNTER_NAMES) sum[name] = (left[name] ?? 0) + (right[name] ?? 0);
  return sum;
}

function isOutcome(name: CounterName): name is MessageOutcome {
  return "outcome" in COUNTERS[name];
}
