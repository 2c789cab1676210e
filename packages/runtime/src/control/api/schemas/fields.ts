import { z } from "zod";
import { CONNECTOR_STATUSES, PARTITION_STATES, TASK_STATES } from "../../../shared/task/states.ts";
import { CONNECTOR_TYPES } from "../../../shared/task/task-spec.ts";
import { DESIRED_STATES } from "../../supervisor/connectors/desired-states.ts";

// Fields that several answers have in common. Enumerations come from the table that defines them.

export const connectorType = z.enum(CONNECTOR_TYPES);
export const connectorState = z.enum(TASK_STATES).describe("more detailed than status");
export const connectorStatus = z.enum(CONNECTOR_STATUSES);
export const partitionState = z.enum(PARTITION_STATES).describe("unassigned: no task of this runtime reads it");
export const intent = z.enum(DESIRED_STATES).describe("the state that an operator asked for");

export const moment = z.iso.datetime().describe("RFC 3339, UTC");

/** Bytes as JSON can carry them: as text where they are UTF-8, else as base64. */
export const encodedBytes = { encoding: z.enum(["utf8", "base64"]), data: z.string() };
