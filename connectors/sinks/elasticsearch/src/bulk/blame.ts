import { excerpt } from "@iggy-connectors/http";

/** An error of the server, as it stands in an item of a bulk response or in a response of its own. */
export interface ServerError {
  readonly status: number;
  /** The name of the exception in snake case; empty: the server gave none. */
  readonly type: string;
  /** `type: reason (caused by reason)`, on one line. */
  readonly text: string;
}

/**
 * Whom an error speaks of. `condition`: the cluster or an index, which recovers or which an operator repairs. `missing`: there is no
 * such index. `denied`: these credentials may not. `conflict`: a document with this id is there. `document`: the document.
 * `configuration`: what the sink was told to do there can never work. `unknown`: it cannot be told.
 */
export type Blame = "condition" | "missing" | "denied" | "conflict" | "document" | "configuration" | "unknown";

/**
 * By exception. The names are those of the classes of Elasticsearch (`ElasticsearchException` registers them, with their statuses)
 * and of OpenSearch (`OpenSearchException`); what is not here is decided by its reason, then by its status.
 */
const BY_TYPE: Readonly<Record<string, Blame>> = {
  // The cluster: overloaded, without a master, or its disks are full.
  cluster_block_exception: "condition",
  es_rejected_execution_exception: "condition",
  rejected_execution_exception: "condition",
  circuit_breaking_exception: "condition",
  process_cluster_event_timeout_exception: "condition",
  failed_to_commit_cluster_state_exception: "condition",
  master_not_discovered_exception: "condition",
  cluster_manager_not_discovered_exception: "condition",
  not_master_exception: "condition",
  not_cluster_manager_exception: "condition",
  node_closed_exception: "condition",
  node_disconnected_exception: "condition",
  node_not_connected_exception: "condition",
  connect_transport_exception: "condition",
  receive_timeout_transport_exception: "condition",
  timeout_exception: "condition",
  task_cancelled_exception: "condition",
  // The index or one of its shards: closed, moving, or not yet started.
  index_closed_exception: "condition",
  unavailable_shards_exception: "condition",
  no_shard_available_action_exception: "condition",
  shard_not_found_exception: "condition",
  shard_not_in_primary_mode_exception: "condition",
  shard_lock_obtain_failed_exception: "condition",
  illegal_index_shard_state_exception: "condition",
  index_shard_closed_exception: "condition",
  index_shard_not_started_exception: "condition",
  index_shard_not_recovering_exception: "condition",
  index_primary_shard_not_allocated_exception: "condition",
  index_creation_exception: "condition",
  already_closed_exception: "condition",
  engine_exception: "condition",
  translog_exception: "condition",
  retry_on_primary_exception: "condition",
  retry_on_replica_exception: "condition",
  snapshot_in_progress_exception: "condition",
  index_not_found_exception: "missing",
  security_exception: "denied",
  version_conflict_engine_exception: "conflict",
  // The document: it is not JSON of this mapping, or a pipeline refuses it.
  mapper_parsing_exception: "document",
  document_parsing_exception: "document",
  strict_dynamic_mapping_exception: "document",
  parsing_exception: "document",
  x_content_parse_exception: "document",
  json_parse_exception: "document",
  date_time_parse_exception: "document",
  number_format_exception: "document",
  input_coercion_exception: "document",
  fail_processor_exception: "document",
  invalid_index_name_exception: "configuration",
};

/** By reason, where one exception means several things: `illegal_argument_exception` and `validation_exception` above all. */
const BY_REASON: readonly (readonly [RegExp, Blame])[] = [
  // An alias of several indexes of which none is the write index, or that is being switched over.
  [/no write index is defined for alias/i, "condition"],
  [/alias \S+ has more than one ind/i, "condition"],
  // The limit of shards per node: this action would add [2] shards, but this cluster currently has [1000]/[1000] …
  [/would add \[?\d+\]?\D* shards|maximum \S* ?shards open/i, "condition"],
  [/pipeline with id \[.*\] does not exist/i, "condition"],
  [/only write ops with an op_type of create are allowed in data streams/i, "configuration"],
  [/immense term/i, "document"],
  [/\bid\b.* is too long/i, "document"],
  [/mapping depth|number of nested documents/i, "document"],
];

const BUSY: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

export function blameOf({ status, type, text }: ServerError): Blame {
  const known = Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined;
  if (known !== undefined) return known;
  const spoken = BY_REASON.find(([pattern]) => pattern.test(text))?.[1];
  if (spoken !== undefined) return spoken;
  if (BUSY.has(status)) return "condition";
  switch (status) {
    case 401:
    case 403:
      return "denied";
    case 404:
      return type === "" ? "missing" : "unknown";
    case 409:
      return "conflict";
    default:
      return "unknown";
  }
}

/** Reads the error of an item, or that of a whole response (its member `error`). */
export function serverError(status: number, error: unknown): ServerError {
  const type = isObject(error) && typeof error.type === "string" ? error.type : "";
  return { status, type, text: textOf(error) };
}

function textOf(error: unknown): string {
  if (typeof error === "string") return shown(error);
  if (!isObject(error)) return "no reason was given";
  const cause = isObject(error.caused_by) ? error.caused_by.reason : undefined;
  const parts = [error.type, error.reason].filter((part) => typeof part === "string").map((part) => shown(part));
  return `${parts.join(": ")}${typeof cause === "string" ? ` (${shown(cause)})` : ""}`;
}

/** Elasticsearch 7 shows the request as it received it behind these words: its headers with the credentials, other documents. */
const SOURCE = /\s*at \[Source: [\s\S]*$/;

function shown(text: string): string {
  return excerpt(text.replace(SOURCE, ""));
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
