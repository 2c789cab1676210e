import { FatalError, RejectedError, RetryableError, UnclassifiedError } from "@iggy-connectors/sdk";
import { blameOf, isObject, type ServerError, serverError } from "./blame.ts";

/** From here on the server speaks of itself: another attempt may pass. */
const SERVER_ERROR = 500;

/**
 * What became of one document. `index_missing`: it can be retried once the index exists. `unknown`: the document or the cluster may
 * be to blame; `again`: another attempt may tell.
 */
export type ItemOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "retry" | "index_missing"; readonly error: RetryableError }
  | { readonly kind: "unknown"; readonly error: UnclassifiedError; readonly again: boolean }
  | { readonly kind: "rejected"; readonly error: RejectedError }
  | { readonly kind: "fatal"; readonly error: FatalError };

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
    return status >= 200 && status < 300 ? DONE : outcomeOf(serverError(status, error), policy);
  });
}

function readItem(item: unknown): { readonly status: number; readonly error: unknown } {
  const result = isObject(item) ? firstMember(item) : undefined;
  if (!isObject(result) || typeof result.status !== "number") throw unreadable("has an item without a status");
  return { status: result.status, error: result.error };
}

/** What an error means for the document that it was answered to. */
export function outcomeOf(error: ServerError, policy: ReplyPolicy): ItemOutcome {
  const { status, text } = error;
  const message = `the server refused the document with status ${status}: ${text}`;
  const retry = (code: string, fix: string): ItemOutcome => ({
    kind: "retry",
    error: new RetryableError(message, { code, fix }),
  });
  const unknown = (fix: string): ItemOutcome => ({
    kind: "unknown",
    error: new UnclassifiedError(message, { code: "IGC_SINK_ELASTICSEARCH_UNCLEAR", fix }),
    again: status >= SERVER_ERROR,
  });
  switch (blameOf(error)) {
    case "condition":
      return retry("IGC_SINK_ELASTICSEARCH_BUSY", "none if it passes; otherwise repair the cluster or the index");
    case "missing": {
      const fix = "create the index, or set create_index_if_not_exists = true";
      const code = "IGC_SINK_ELASTICSEARCH_INDEX";
      if (policy.createsIndexes) return { kind: "index_missing", error: new RetryableError(message, { code }) };
      return policy.indexByMessage ? unknown(fix) : retry(code, fix);
    }
    case "denied": {
      const fix = "grant these credentials the privilege";
      return policy.indexByMessage ? unknown(fix) : retry("IGC_SINK_ELASTICSEARCH_INDEX", fix);
    }
    case "conflict": {
      if (policy.conflictIsDone) return DONE;
      const fix = 'use op_type = "index" to replace the existing document';
      return { kind: "rejected", error: new RejectedError(message, { code: "IGC_SINK_ELASTICSEARCH_EXISTS", fix }) };
    }
    case "configuration": {
      if (policy.indexByMessage) return unknown("correct index, or the values that it is made of");
      const details = { code: "IGC_SINK_ELASTICSEARCH_INDEX", place: "index", fix: configurationFix(text) };
      return { kind: "fatal", error: new FatalError(message, details) };
    }
    case "document": {
      const fix = "make the document fit the mapping of the index, with a transform or a new index";
      return { kind: "rejected", error: new RejectedError(message, { code: "IGC_SINK_ELASTICSEARCH_DOCUMENT", fix }) };
    }
    case "unknown":
      return unknown("read the server's reason: the document, the index or the cluster has to be corrected");
  }
}

function configurationFix(text: string): string {
  return text.includes("data streams") ? "set data_stream = true" : "correct index";
}

/** Named after the operation. */
function firstMember(item: Readonly<Record<string, unknown>>): unknown {
  for (const name in item) return item[name];
  return undefined;
}

function unreadable(what: string): RetryableError {
  return new RetryableError(`the answer to a bulk request ${what}: it is not known which documents were indexed`, {
    code: "IGC_SINK_ELASTICSEARCH_REPLY",
    place: "url",
    fix: "check that the URL is that of Elasticsearch or OpenSearch",
  });
}
