import { z } from "zod";
import { CONNECTOR_TYPES, type ConnectorType } from "../../../shared/task/task-spec.ts";
import { unknownConnector } from "../../operations/refusal.ts";
import type { Watcher } from "../../tap/hub.ts";
import type { ApiControls, ApiDependencies } from "../dependencies.ts";
import { EventStream } from "../event-stream.ts";
import { events, refusals } from "../openapi/operation.ts";
import { redactValue } from "../redact-value.ts";
import { withControls } from "../register-routes.ts";
import type { Router } from "../router.ts";
import { tappedMessageSchema } from "../schemas/live.ts";
import { connectorPath } from "../schemas/parameters.ts";

const query = z.strictObject({
  rate: z.coerce.number().min(0.1).max(1000).default(10).describe("maximum messages per second"),
  max: z.coerce.number().int().min(1).optional().describe("end after this many messages"),
  bytes: z.coerce.number().int().min(1).max(1_048_576).default(4096).describe("maximum bytes of each payload"),
});

/** `GET /{type}/{key}/tap`: sampled messages of a connector, before and after each transform. */
export const routes = withControls((router, controls, api) => {
  for (const type of CONNECTOR_TYPES) tapRoute(router, type, controls, api);
});

function tapRoute(
  router: Router,
  type: ConnectorType,
  { tap }: ApiControls,
  { subject, redact }: ApiDependencies,
): void {
  router.get(
    `/${type}s/:key/tap`,
    {
      tag: "Live",
      summary: "Sampled messages, before and after each transform",
      path: connectorPath,
      query,
      answers: { 200: events(["message"], tappedMessageSchema), ...refusals(404) },
    },
    ({ path: { key }, query: { rate, bytes, max }, reply }) => {
      const id = { type, key };
      if (subject.connector(type, key) === undefined) throw unknownConnector(id);
      let left = max ?? Number.POSITIVE_INFINITY;
      const stream = new EventStream(reply);
      const watcher: Watcher = {
        settings: { rate, bytes },
        receive(messages) {
          for (const message of messages) {
            if (message.point === "in" && message.outcome === undefined && --left < 0) {
              stream.end();
              return;
            }
            stream.send("message", redactValue(message, redact));
          }
        },
      };
      stream.onClosed(tap.watch(id, watcher));
    },
  );
}
