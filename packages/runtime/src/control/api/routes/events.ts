import type { z } from "zod";
import { EventStream } from "../event-stream.ts";
import { events as described } from "../openapi/operation.ts";
import { redactValue } from "../redact-value.ts";
import { withControls } from "../register-routes.ts";
import { stateEventSchema } from "../schemas/live.ts";
import { errorShape } from "../shapes/connector.ts";
import { moment } from "../shapes/moment.ts";

/** `GET /events`: every change of the state of a connector, with its error if there is one. */
export const routes = withControls((router, { events }, { redact }) => {
  router.get(
    "/events",
    {
      tag: "Live",
      summary: "State changes, as they happen",
      answers: { 200: described("state", stateEventSchema) },
    },
    ({ reply }) => {
      let end = (): void => {};
      const stream = new EventStream(reply, () => end());
      end = events.listen(({ connector, from, to, lastError }) => {
        const event: z.input<typeof stateEventSchema> = {
          time: moment(Date.now()),
          connector_type: connector.type,
          connector_key: connector.key,
          from,
          to,
          ...(lastError === undefined ? {} : { error: errorShape(lastError) }),
        };
        stream.send("state", redactValue(event, redact));
      });
    },
  );
});
