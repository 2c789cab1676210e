import { z } from "zod";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { unknownConnector } from "../../operations/refusal.ts";
import type { TapHub, Watcher } from "../../tap/hub.ts";
import { EventStream } from "../event-stream.ts";
import { withoutSecrets } from "../failures.ts";
import { events, refusals } from "../openapi/operation.ts";
import type { Router } from "../router.ts";
import { tappedMessageSchema } from "../schemas/live.ts";
import { connectorPath } from "../schemas/parameters.ts";
import type { ApiSubject } from "../server.ts";

const query = z.strictObject({
  rate: z.coerce.number().min(0.1).max(1000).default(10).describe("messages per second at most"),
  max: z.coerce.number().int().min(1).optional().describe("ends after so many messages"),
  bytes: z.coerce.number().int().min(1).max(1_048_576).default(4096).describe("of a payload at most"),
});

/** `GET /{type}/{key}/tap`: sampled messages of a connector, before and after each transform, while somebody reads. */
export function tapRoutes(
  router: Router,
  type: ConnectorType,
  subject: ApiSubject,
  hub: TapHub,
  redact: (text: string) => string,
): void {
  router.get(
    `/${type}s/:key/tap`,
    {
      tag: "Live",
      summary: "Messages on their way, sampled, before and after each transform",
      path: connectorPath,
      query,
      answers: { 200: events("message", tappedMessageSchema), ...refusals(404) },
    },
    ({ path: { key }, query: { rate, bytes, max }, reply }) => {
      const id = { type, key };
      if (subject.connector(type, key) === undefined) throw unknownConnector(id);
      let left = max ?? Number.POSITIVE_INFINITY;
      let end = (): void => {};
      const stream = new EventStream(reply, () => end());
      const watcher: Watcher = {
        settings: { rate, bytes },
        receive(messages) {
          for (const message of messages) {
            if (message.point === "in" && message.outcome === undefined && --left < 0) {
              stream.end();
              return;
            }
            stream.send("message", withoutSecrets(message, redact));
          }
        },
      };
      end = hub.watch(id, watcher);
    },
  );
}
