import type { RuntimeEvents } from "../../supervisor/observation/runtime-events.ts";
import { EventStream } from "../event-stream.ts";
import { withoutSecrets } from "../failures.ts";
import { events as described } from "../openapi/operation.ts";
import type { Router } from "../router.ts";
import { stateEventSchema } from "../schemas/live.ts";
import { errorShape } from "../shapes.ts";

/** `GET /events`: every change of a connector's state, with its error where there is one. */
export function eventRoutes(router: Router, events: RuntimeEvents, redact: (text: string) => string): void {
  router.get(
    "/events",
    {
      tag: "Live",
      summary: "Changes of state, as they happen",
      answers: { 200: described("state", stateEventSchema) },
    },
    ({ reply }) => {
      let end = (): void => {};
      const stream = new EventStream(reply, () => end());
      end = events.listen(({ connector, from, to, lastError }) => {
        const event = {
          time: new Date().toISOString(),
          connector_type: connector.type,
          connector_key: connector.key,
          from,
          to,
          ...(lastError === undefined ? {} : { error: errorShape(lastError) }),
        };
        stream.send("state", withoutSecrets(event, redact));
      });
    },
  );
}
