import { z } from "zod";
import type { TappedMessage } from "../../../shared/tap/tapped-message.ts";
import { component } from "../openapi/components.ts";
import { errorSchema, placement, quarantineSchema } from "./connector.ts";
import { connectorState, connectorType, encodedBytes, moment } from "./fields.ts";

export const stateEventSchema = component(
  "StateEvent",
  z.object({
    time: moment,
    connector_type: connectorType,
    connector_key: z.string(),
    from: connectorState,
    to: connectorState,
    error: errorSchema.optional(),
  }),
);

export const placementEventSchema = component(
  "PlacementEvent",
  z.object({
    time: moment,
    connector_type: connectorType,
    connector_key: z.string(),
    task: z.int(),
    placement,
    quarantine: quarantineSchema.optional().describe("absent: it returns to the shared workers"),
  }),
);

/** Tasks make these themselves: what they make and what is described must be one type. */
export const tappedMessageSchema = component(
  "TappedMessage",
  z.object({
    point: z.string().describe("`in`, the name of a transform, or `out`"),
    stream: z.string().nullable(),
    topic: z.string().nullable(),
    partition: z.int().nullable(),
    offset: z.string().nullable(),
    id: z.string().nullable(),
    payload: z
      .object({ ...encodedBytes, size: z.int(), truncated: z.boolean() })
      .nullable()
      .describe("null if the message was filtered or failed at this point"),
    headers: z.record(z.string(), z.unknown()),
    outcome: z.enum(["filtered", "failed"]).exactOptional().describe("only if the message ends here undelivered"),
    code: z.string().exactOptional(),
    error: z.string().exactOptional(),
  }) satisfies z.ZodType<TappedMessage>,
);
