import { z } from "zod";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { unknownConnector } from "../../operations/refusal.ts";
import type { ConnectorSnapshot } from "../../supervisor/connectors/snapshot.ts";
import { json, refusals } from "../openapi/operation.ts";
import type { Router } from "../router.ts";
import { infoSchema, sinkDetailsSchema, sourceDetailsSchema, statusSchema } from "../schemas/connector.ts";
import { connectorPath } from "../schemas/parameters.ts";
import type { ApiSubject } from "../server.ts";
import { connectorDetails, connectorInfo, connectorStatus } from "../shapes.ts";

const TAG = { tag: "Connectors" } as const;

/** What runs: `/sinks`, `/sources`, each one, and its status. */
export function connectorRoutes(router: Router, type: ConnectorType, subject: ApiSubject): void {
  const find = (key: string): ConnectorSnapshot => {
    const snapshot = subject.connector(type, key);
    if (snapshot === undefined) throw unknownConnector({ type, key });
    return snapshot;
  };
  router.get(
    `/${type}s`,
    { ...TAG, summary: `All ${type}s, in the order of their keys`, answers: { 200: json(z.array(infoSchema)) } },
    () =>
      subject
        .overview()
        .connectors.filter((info) => info.type === type)
        .map(connectorInfo),
  );
  router.get(
    `/${type}s/:key`,
    {
      ...TAG,
      summary: `One ${type}, with its streams and partitions`,
      path: connectorPath,
      answers: { 200: json(type === "sink" ? sinkDetailsSchema : sourceDetailsSchema), ...refusals(404) },
    },
    ({ path: { key } }) => connectorDetails(find(key)),
  );
  router.get(
    `/${type}s/:key/status`,
    {
      ...TAG,
      summary: "State, tasks, partitions, lag, retry, counters, last success",
      path: connectorPath,
      answers: { 200: json(statusSchema), ...refusals(404) },
    },
    ({ path: { key } }) => connectorStatus(find(key)),
  );
}
