import { CONNECTOR_TYPES, type ConnectorType } from "../../shared/task/task-spec.ts";
import type { TaskCounters } from "../../shared/task/counters.ts";

interface OriginalCounter {
  readonly name: string;
  /** Help of the metric, which is `name` after `iggy_connector_`. */
  readonly help: string;
  readonly counter: keyof TaskCounters;
  readonly types: readonly ConnectorType[];
}

/** The counters of the original's `/metrics` and `/stats`, and the counter of a task that each one shows. */
export const ORIGINAL_COUNTERS = [
  {
    name: "messages_produced",
    help: "Messages received from a source plugin",
    counter: "produced",
    types: ["source"],
  },
  { name: "messages_sent", help: "Messages accepted by Iggy", counter: "sent", types: ["source"] },
  { name: "messages_consumed", help: "Messages read from Iggy", counter: "consumed", types: ["sink"] },
  {
    name: "messages_processed",
    help: "Messages written by a sink plugin",
    counter: "processed",
    types: ["sink"],
  },
  {
    name: "messages_filtered",
    help: "Messages filtered out by transforms",
    counter: "filtered",
    types: CONNECTOR_TYPES,
  },
  { name: "errors", help: "Errors of messages and batches", counter: "errors", types: CONNECTOR_TYPES },
] as const satisfies readonly OriginalCounter[];

export type OriginalCounterName = (typeof ORIGINAL_COUNTERS)[number]["name"];
