import { unknownConnector } from "../../administration/errors.ts";
import type { ConnectorSnapshot } from "../../supervisor/snapshot.ts";
import type { ConnectorType } from "../../task/protocol.ts";
import type { Handler, Router } from "../router.ts";
import type { ApiSubject } from "../server.ts";
import { connectorDetails, connectorInfo, connectorStatus } from "../shapes.ts";

/** What runs: `/sinks`, `/sources`, each one, and its status. */
export function connectorRoutes(router: Router, type: ConnectorType, subject: ApiSubject): void {
  const one = (shape: (snapshot: ConnectorSnapshot) => unknown): Handler => {
    return (request) => {
      const { key } = request.params as { readonly key: string };
      const snapshot = subject.connector(type, key);
      if (snapshot === undefined) throw unknownConnector({ type, key });
      return shape(snapshot);
    };
  };
  router.get(`/${type}s`, () =>
    subject
      .overview()
      .connectors.filter((info) => info.type === type)
      .map(connectorInfo),
  );
  router.get(`/${type}s/:key`, one(connectorDetails));
  router.get(`/${type}s/:key/status`, one(connectorStatus));
}
