import { type CheckFinding, type Delivery, findingOf, type Logger, type StreamSelection } from "@iggy-connectors/sdk";
import type { ClusterApi } from "./cluster/cluster-api.ts";
import type { ElasticsearchSinkConfig } from "./config.ts";
import { type Addressing, identityOf, missingInIds } from "./documents/addressing.ts";

export interface CheckSubject {
  readonly config: ElasticsearchSinkConfig;
  readonly addressing: Addressing;
  readonly api: ClusterApi;
  readonly logger: Logger;
  /** What the sink reads. */
  readonly streams: readonly StreamSelection[];
}

/** What keeps documents from being indexed. Nothing is written. */
export async function findings(subject: CheckSubject, signal: AbortSignal): Promise<CheckFinding[]> {
  const found: CheckFinding[] = [];
  const versions = await subject.api.versions(signal);
  for (const version of versions) {
    if (version.status === "rejected") found.push(findingOf(version.reason));
    else subject.logger.info(`connected to ${version.value}`);
  }
  found.push(...weakerDelivery(subject), ...sharedIds(subject));
  const answering = versions.find((version) => version.status === "fulfilled");
  if (answering === undefined) return found;
  if (/^Elasticsearch [0-6]\./.test(answering.value)) {
    found.push({ level: "error", message: `${answering.value} is older than 7.10`, fix: "upgrade the cluster" });
  }
  for (const look of [missingIndex, missingPrivileges, missingPipeline]) {
    try {
      const finding = await look(subject, answering.value, signal);
      if (finding !== undefined) found.push(finding);
    } catch (error) {
      found.push(findingOf(error));
    }
  }
  return found;
}

/** Ids of offsets that several topics share are an error; partitions are a warning, since there may be one only. */
export function sharedIds({ config, streams }: Pick<CheckSubject, "config" | "streams">): CheckFinding[] {
  const missing = missingInIds(config, streams);
  if (missing.length === 0) return [];
  const onlyPartition = missing.length === 1 && missing[0] === "{partition}";
  return [
    {
      level: onlyPartition ? "warning" : "error",
      message: `document_id "${config.document_id}" lacks ${missing.join(", ")}: documents of several ${onlyPartition ? "partitions" : "topics"} would replace each other`,
      fix: "add it to document_id, or use the default",
    },
  ];
}

/** The guarantee that ids of this configuration allow. */
export function deliveryOf(config: ElasticsearchSinkConfig): Delivery {
  const identity = identityOf(config.document_id);
  return weakerDelivery({ addressing: { identity }, config }).length === 0 ? "exactly-once" : "at-least-once";
}

/** Invariant 10: says why the delivery guarantee is less than exactly once. */
export function weakerDelivery({
  addressing,
  config,
}: {
  readonly addressing: Pick<Addressing, "identity">;
  readonly config: ElasticsearchSinkConfig;
}): CheckFinding[] {
  if (addressing.identity === "server") {
    const message = "the server generates ids: messages that are delivered again after a failure are indexed twice";
    return [{ level: "warning", message, fix: "remove document_id, or set a template" }];
  }
  if (addressing.identity === "value" && (config.op_type === "create" || config.data_stream)) {
    const message =
      "messages that are delivered again after a failure become dead letters, since their ids exist already";
    return [
      { level: "warning", message, fix: 'use op_type = "index", or a document_id with {id} or the position in Iggy' },
    ];
  }
  return [];
}

async function missingIndex({ config, addressing, api }: CheckSubject, server: string, signal: AbortSignal) {
  const name = addressing.constantIndex;
  if (name === undefined || (await api.exists(name, signal)) !== "no") return undefined;
  const what = config.data_stream ? "data stream" : "index";
  const finding: CheckFinding = config.create_index_if_not_exists
    ? { level: "warning", message: `${what} ${name} does not exist in ${server}: it will be created` }
    : {
        level: "warning",
        message: `${what} ${name} does not exist in ${server}: the cluster decides whether it is created with the first document`,
        fix: "create it, or set create_index_if_not_exists = true",
      };
  return finding;
}

async function missingPrivileges({ config, addressing, api }: CheckSubject, server: string, signal: AbortSignal) {
  const creates = config.create_index_if_not_exists;
  const writing = config.op_type === "create" || config.data_stream ? "create_doc" : "index";
  const wanted = [writing, ...(creates ? ["view_index_metadata", "create_index"] : [])];
  const missing = await api.missingPrivileges(addressing.indexPattern, wanted, signal);
  if (missing === undefined || missing.length === 0) return undefined;
  const finding: CheckFinding = {
    level: missing.includes(writing) ? "error" : "warning",
    message: `these credentials lack ${missing.join(", ")} on ${addressing.indexPattern} in ${server}`,
    fix: missing.includes(writing)
      ? "grant these privileges"
      : "grant these privileges, or set create_index_if_not_exists = false",
  };
  return finding;
}

async function missingPipeline({ config, api }: CheckSubject, server: string, signal: AbortSignal) {
  const { pipeline } = config;
  if (pipeline === undefined || (await api.pipelineExists(pipeline, signal))) return undefined;
  const finding: CheckFinding = {
    level: "error",
    message: `ingest pipeline ${pipeline} does not exist in ${server}`,
    fix: "create it, or correct pipeline",
  };
  return finding;
}
