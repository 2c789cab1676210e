import { z } from "zod";
import { CONNECTOR_TYPES, type ConnectorType } from "../../../shared/task/task-spec.ts";
import { unknownConnector } from "../../operations/refusal.ts";
import type { ConnectorSnapshot } from "../../supervisor/connectors/snapshot.ts";
import type { ApiSubject } from "../dependencies.ts";
import { json, refusals } from "../openapi/operation.ts";
import type { RegisterRoutes } from "../register-routes.ts";
import type { Router } from "../router.ts";
import { infoSchema, sinkDetailsSchema, sourceDetailsSchema, statusSchema } from "../schemas/connector.ts";
import { connectorPath } from "../schemas/parameters.ts";
import { connectorInfo, connectorStatus, sinkDetails, sourceDetails } from "../shapes/connector.ts";

const TAG = { tag: "Connectors" } as const;

/** The current state: `/sinks`, `/sources`, each connector, and its status. */
export const routes: RegisterRoutes = (router, { subject }) => {
  for (const type of CONNECTOR_TYPES) connectorRoutes(router, type, subject);
};

function connectorRoutes(router: Router, type: ConnectorType, subject: ApiSubject): void {
  const find = (key: string): ConnectorSnapshot => {
    const snapshot = subject.connector(type, key);
    if (snapshot === undefined) throw unknownConnector({ type, key });
    return snapshot;
  };
  router.get(
    `/${type}s`,
    { ...TAG, summary: `All ${type}s, ordered by key`, answers: { 200: json(z.array(infoSchema)) } },
    () =>
      subject
        .overview()
        .connectors.filter((info) => info.type === type)
        .map(connectorInfo),
  );
  const one = { ...TAG, summary: `A ${type}, with its streams and partitions`, path: connectorPath };
  if (type === "sink") {
    const operation = { ...one, answers: { 200: json(sinkDetailsSchema), ...refusals(404) } };
    router.get("/sinks/:key", operation, ({ path: { key } }) => sinkDetails(find(key)));
  } else {
    const operation = { ...one, answers: { 200: json(sourceDetailsSchema), ...refusals(404) } };
    router.get("/sources/:key", operation, ({ path: { key } }) => sourceDetails(find(key)));
  }
  router.get(
    `/${type}s/:key/status`,
    {
      ...TAG,
      summary: "State, tasks, partitions, lag, retry, counters and last success",
      path: connectorPath,
      answers: { 200: json(statusSchema), ...refusals(404) },
    },
    ({ path: { key } }) => connectorStatus(find(key)),
  );
}
