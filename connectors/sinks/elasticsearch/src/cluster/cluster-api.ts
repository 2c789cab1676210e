import type { HttpResponse } from "@iggy-connectors/http";
import { jsonOrUndefined, RejectedError, RetryableError } from "@iggy-connectors/sdk";
import { z } from "zod";
import { blameOf, isObject, type ServerError, serverError } from "../bulk/blame.ts";
import type { ElasticsearchSinkConfig } from "../config.ts";
import type { Nodes } from "./nodes.ts";

const BAD_REQUEST = 400;
const FORBIDDEN = 403;
const NOT_FOUND = 404;
/** Above those of the templates that come with the servers. */
const TEMPLATE_PRIORITY = 200;
/** Only the fields that give the outcome, which makes responses ten times smaller. Servers that do not know the parameter answer in full. */
const BULK_FIELDS = "errors,items.*.status,items.*.error";

const rootReply = z.object({
  version: z.object({ number: z.string(), distribution: z.string().optional() }),
});
const privilegesReply = z.object({ index: z.record(z.string(), z.record(z.string(), z.boolean())) });

/** The calls that the sink needs, spelt alike by Elasticsearch from 7.10 and OpenSearch from 1. Errors come as the HTTP layer classifies them. */
export class ClusterApi {
  readonly #nodes: Nodes;
  readonly #config: ElasticsearchSinkConfig;

  constructor(nodes: Nodes, config: ElasticsearchSinkConfig) {
    this.#nodes = nodes;
    this.#config = config;
  }

  /** `Elasticsearch 7.10.2` of each node, or its error. */
  async versions(signal: AbortSignal): Promise<PromiseSettledResult<string>[]> {
    const replies = this.#nodes.each({ method: "GET", path: "/", signal });
    return Promise.allSettled(replies.map(async (reply) => versionOf(await reply)));
  }

  /** Of an index, an alias or a data stream. `unknown`: these credentials may not see. */
  async exists(name: string, signal: AbortSignal): Promise<"yes" | "no" | "unknown"> {
    const { status } = await this.#nodes.request({
      method: "HEAD",
      path: `/${encodeURIComponent(name)}`,
      accept: (code) => code === 200 || code === NOT_FOUND || code === FORBIDDEN,
      signal,
    });
    if (status === FORBIDDEN) return "unknown";
    return status === 200 ? "yes" : "no";
  }

  /** False when it was created by another client meanwhile. */
  async create(name: string, signal: AbortSignal): Promise<boolean> {
    const { data_stream, index_mapping } = this.#config;
    if (!data_stream) return this.#put(`/${encodeURIComponent(name)}`, index_mapping, signal);
    const path = `/_data_stream/${encodeURIComponent(name)}`;
    try {
      return await this.#put(path, undefined, signal);
    } catch (error) {
      if (!/no matching index template/i.test(String(error))) throw error;
      // A data stream is created from an index template: where none matches, it gets its own.
      const template = {
        index_patterns: [name],
        data_stream: {},
        priority: TEMPLATE_PRIORITY,
        template: index_mapping ?? {},
      };
      await this.#put(`/_index_template/${encodeURIComponent(name)}`, template, signal);
      return this.#put(path, undefined, signal);
    }
  }

  /** The privileges that these credentials lack; undefined: the cluster does not say. */
  async missingPrivileges(
    pattern: string,
    privileges: readonly string[],
    signal: AbortSignal,
  ): Promise<string[] | undefined> {
    const { status, body } = await this.#nodes.request({
      method: "POST",
      path: "/_security/user/_has_privileges",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ index: [{ names: [pattern], privileges }] }),
      // Without its security the server knows no such path, and says so in several ways.
      accept: () => true,
      signal,
    });
    const parsed =
      status === 200 ? privilegesReply.safeParse(jsonOrUndefined(Buffer.from(body).toString())) : undefined;
    if (parsed?.success !== true) return undefined;
    const granted = parsed.data.index[pattern] ?? {};
    return privileges.filter((privilege) => granted[privilege] === false);
  }

  async pipelineExists(name: string, signal: AbortSignal): Promise<boolean> {
    const { status } = await this.#nodes.request({
      method: "GET",
      path: `/_ingest/pipeline/${encodeURIComponent(name)}`,
      accept: (code) => code === 200 || code === NOT_FOUND || code === FORBIDDEN,
      signal,
    });
    return status !== NOT_FOUND;
  }

  /** The items that the server reports, or the error with which it refused the whole request. */
  async bulk(
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ readonly items: unknown } | { readonly error: ServerError }> {
    const { refresh, pipeline } = this.#config;
    const reply = await this.#nodes.request({
      method: "POST",
      path: "/_bulk",
      query: {
        filter_path: BULK_FIELDS,
        ...(refresh === "false" ? {} : { refresh }),
        ...(pipeline === undefined ? {} : { pipeline }),
      },
      headers: { "content-type": "application/x-ndjson" },
      body,
      accept: (status) => status === 200 || status === BAD_REQUEST,
      signal,
    });
    return reply.status === 200 ? { items: reply.json() } : { error: errorOf(reply) };
  }

  close(): Promise<void> {
    return this.#nodes.close();
  }

  /** @throws RetryableError for a condition of the cluster, RejectedError where it will never be accepted. */
  async #put(path: string, body: unknown, signal: AbortSignal): Promise<boolean> {
    const reply = await this.#nodes.request({
      method: "PUT",
      path,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      accept: (status) => (status >= 200 && status < 300) || status === BAD_REQUEST || status === FORBIDDEN,
      signal,
    });
    if (reply.status < 300) return true;
    const error = errorOf(reply);
    if (/already_exists/.test(error.type)) return false;
    const message = `PUT ${path} answered ${error.status}: ${error.text}`;
    const blame = blameOf(error);
    if (blame === "condition" || blame === "denied")
      throw new RetryableError(message, {
        code: "IGC_SINK_ELASTICSEARCH_CREATE",
        place: "index",
        fix:
          blame === "denied"
            ? "grant these credentials the privilege, or create it by hand"
            : "none if it passes; otherwise repair the cluster, or create it by hand",
      });
    throw new RejectedError(message, { code: "IGC_SINK_ELASTICSEARCH_CREATE" });
  }
}

function errorOf(reply: HttpResponse): ServerError {
  const parsed = jsonOrUndefined(reply.text());
  return serverError(reply.status, isObject(parsed) ? parsed.error : reply.text());
}

function versionOf(reply: HttpResponse): string {
  const parsed = rootReply.safeParse(reply.json());
  if (!parsed.success) {
    throw new RejectedError("the server is neither Elasticsearch nor OpenSearch", {
      code: "IGC_SINK_ELASTICSEARCH_REPLY",
      place: "url",
      fix: "check that the URL is that of Elasticsearch or OpenSearch",
    });
  }
  const { number, distribution } = parsed.data.version;
  return `${distribution === "opensearch" ? "OpenSearch" : "Elasticsearch"} ${number}`;
}
