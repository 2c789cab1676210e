import { z } from "zod";
import { component } from "../openapi/components.ts";
import { errorSchema, infoSchema } from "./connector.ts";
import { moment } from "./parameters.ts";

const { state } = infoSchema.shape;

export const stateEventSchema = component(
  "StateEvent",
  z.object({
    time: moment,
    connector_type: z.enum(["sink", "source"]),
    connector_key: z.string(),
    from: state,
    to: state,
    error: errorSchema.optional(),
  }),
);

export const tappedMessageSchema = component(
  "TappedMessage",
  z.object({
    point: z.string().describe("in, the name of a transform, or out"),
    stream: z.string().nullable(),
    topic: z.string().nullable(),
    partition: z.int().nullable(),
    offset: z.string().nullable(),
    id: z.string().nullable(),
    payload: z
      .object({ encoding: z.enum(["utf8", "base64"]), data: z.string(), size: z.int(), truncated: z.boolean() })
      .nullable()
      .describe("null: it was left out here, or failed here"),
    headers: z.record(z.string(), z.unknown()),
    outcome: z.enum(["filtered", "failed"]).optional().describe("where it ends here without being delivered"),
    code: z.string().optional(),
    error: z.string().optional(),
  }),
);
