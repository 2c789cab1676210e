import { z } from "zod";
import type { RuntimeEvent } from "../../supervisor/observation/connector-observer.ts";
import { EventStream } from "../event-stream.ts";
import { events as described } from "../openapi/operation.ts";
import { redactValue } from "../redact-value.ts";
import { withControls } from "../register-routes.ts";
import { placementEventSchema, stateEventSchema } from "../schemas/live.ts";
import { errorShape, quarantineShape } from "../shapes/connector.ts";
import { moment } from "../shapes/moment.ts";

/** `GET /events`: every change of the state of a connector, with its error if there is one, and every quarantine. */
export const routes = withControls((router, { events }, { redact }) => {
  router.get(
    "/events",
    {
      tag: "Live",
      summary: "Changes of states and of placements, as they happen",
      answers: { 200: described(["state", "placement"], z.union([stateEventSchema, placementEventSchema])) },
    },
    ({ reply }) => {
      const stream = new EventStream(reply);
      stream.onClosed(events.listen((event) => stream.send(event.type, redactValue(shapeOf(event), redact))));
    },
  );
});

function shapeOf(event: RuntimeEvent): z.input<typeof stateEventSchema> | z.input<typeof placementEventSchema> {
  const shared = {
    time: moment(Date.now()),
    connector_type: event.connector.type,
    connector_key: event.connector.key,
  };
  if (event.type === "state") {
    const { from, to, lastError } = event;
    return { ...shared, from, to, ...(lastError === undefined ? {} : { error: errorShape(lastError) }) };
  }
  const { task, placement, quarantine } = event;
  return {
    ...shared,
    task,
    placement,
    ...(quarantine === undefined ? {} : { quarantine: quarantineShape(quarantine) }),
  };
}
