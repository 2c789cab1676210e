import type { RuntimeEvents } from "../../supervisor/runtime-events.ts";
import { EventStream } from "../event-stream.ts";
import type { Router } from "../router.ts";
import { errorShape } from "../shapes.ts";

/** `GET /events`: every change of a connector's state, with its error where there is one. */
export function eventRoutes(router: Router, events: RuntimeEvents, redact: (text: string) => string): void {
  router.get("/events", (_request, reply) => {
    let end = (): void => {};
    const stream = new EventStream(reply, () => end());
    end = events.listen(({ connector, from, to, lastError }) => {
      const error = lastError === undefined ? undefined : errorShape(lastError);
      stream.send("state", {
        time: new Date().toISOString(),
        connector_type: connector.type,
        connector_key: connector.key,
        from,
        to,
        ...(error === undefined ? {} : { error: { ...error, message: redact(error.message) } }),
      });
    });
  });
}
