import { excerpt } from "@iggy-connectors/http";
import { FatalError, RejectedError, RetryableError } from "@iggy-connectors/sdk";

const CONFLICT = 409;
const NOT_FOUND = 404;
const BUSY = new Set([408, 429]);
const DENIED = new Set([401, 403]);
/** States of the cluster that pass, or that an operator ends, whatever their status is. */
const PASSING = new Set(["cluster_block_exception", "index_closed_exception", "es_rejected_execution_exception"]);

/** What became of one document. `index_missing`: it can be retried once the index exists. */
export type ItemOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "retry" | "index_missing"; readonly error: RetryableError }
  | { readonly kind: "rejected"; readonly error: RejectedError }
  | { readonly kind: "fatal"; readonly error: FatalError };

interface Item {
  readonly status: number;
  readonly error: unknown;
}

/** What some responses mean with this configuration. */
export interface ReplyPolicy {
  /** A conflict means that this document, or a newer one, is there already. */
  readonly conflictIsDone: boolean;
  /** A missing index or privilege is caused by a message's value, not by the configuration. */
  readonly indexByMessage: boolean;
  readonly createsIndexes: boolean;
}

const DONE: ItemOutcome = { kind: "done" };

/**
 * The outcome of each of the `count` documents of a request, in order.
 * @throws RetryableError `IGC_SINK_ELASTICSEARCH_REPLY` for a response that does not report each of them: none counts as indexed.
 */
export function readBulkReply(reply: unknown, count: number, policy: ReplyPolicy): ItemOutcome[] {
  const items = isObject(reply) ? reply.items : undefined;
  if (!Array.isArray(items)) throw unreadable("has no items");
  if (items.length !== count) throw unreadable(`reports ${items.length} documents, ${count} were sent`);
  return items.map((item) => {
    const { status, error } = readItem(item);
    return status >= 200 && status < 300 ? DONE : outcomeOf(status, error, policy);
  });
}

function readItem(item: unknown): Item {
  const result = isObject(item) ? firstMember(item) : undefined;
  if (!isObject(result) || typeof result.status !== "number") throw unreadable("has an item without a status");
  return { status: result.status, error: result.error };
}

function outcomeOf(status: number, error: unknown, policy: ReplyPolicy): ItemOutcome {
  const type = isObject(error) && typeof error.type === "string" ? error.type : "";
  const message = `the server refused the document with status ${status}: ${reasonOf(error)}`;
  if (status >= 500 || BUSY.has(status) || PASSING.has(type)) {
    return { kind: "retry", error: new RetryableError(message, { code: "IGC_SINK_ELASTICSEARCH_BUSY" }) };
  }
  if (status === CONFLICT) {
    if (policy.conflictIsDone) return DONE;
    const fix = 'use op_type = "index" to replace the existing document';
    return { kind: "rejected", error: new RejectedError(message, { code: "IGC_SINK_ELASTICSEARCH_EXISTS", fix }) };
  }
  if (status === NOT_FOUND && policy.createsIndexes) {
    return { kind: "index_missing", error: new RetryableError(message, { code: "IGC_SINK_ELASTICSEARCH_INDEX" }) };
  }
  const place = "index";
  if ((status === NOT_FOUND || DENIED.has(status)) && !policy.indexByMessage) {
    const fix =
      status === NOT_FOUND
        ? "create the index, or set create_index_if_not_exists = true"
        : "grant these credentials the privilege";
    return { kind: "fatal", error: new FatalError(message, { code: "IGC_SINK_ELASTICSEARCH_INDEX", place, fix }) };
  }
  if (/op_type of create are allowed in data streams/.test(message) && !policy.indexByMessage) {
    const fix = "set data_stream = true";
    return { kind: "fatal", error: new FatalError(message, { code: "IGC_SINK_ELASTICSEARCH_INDEX", place, fix }) };
  }
  const fix = "make the document fit the mapping of the index, with a transform or a new index";
  return { kind: "rejected", error: new RejectedError(message, { code: "IGC_SINK_ELASTICSEARCH_DOCUMENT", fix }) };
}

/** `type: reason (caused by reason)`, on one line. */
function reasonOf(error: unknown): string {
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

/** Named after the operation. */
function firstMember(item: Readonly<Record<string, unknown>>): unknown {
  for (const name in item) return item[name];
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unreadable(what: string): RetryableError {
  return new RetryableError(`the answer to a bulk request ${what}: it is not known which documents were indexed`, {
    code: "IGC_SINK_ELASTICSEARCH_REPLY",
    place: "url",
    fix: "check that the URL is that of Elasticsearch or OpenSearch",
  });
}
