import type { z } from "zod";
import type { configSchema } from "./schemas/config.ts";
import type { errorSchema, infoSchema, statusSchema } from "./schemas/connector.ts";
import type { deadLetterDetailsSchema, deadLetterPageSchema, replaySchema } from "./schemas/dead-letter.ts";
import type { failureSchema } from "./schemas/failure.ts";
import type { connectorState, connectorType, partitionState } from "./schemas/fields.ts";
import type { tappedMessageSchema } from "./schemas/live.ts";
import type { consumedSchema, resetReportSchema } from "./schemas/positions.ts";

// The package's `./api-types`: what clients of the HTTP API receive. Types only, so that a client loads no schema.

export type ApiConnectorType = z.output<typeof connectorType>;
export type ApiConnectorState = z.output<typeof connectorState>;
export type ApiPartitionState = z.output<typeof partitionState>;
export type ApiConnector = z.output<typeof infoSchema>;
export type ApiConnectorConfig = z.output<typeof configSchema>;
export type ApiConnectorStatus = z.output<typeof statusSchema>;
export type ApiConnectorError = z.output<typeof errorSchema>;
export type ApiDeadLetterDetails = z.output<typeof deadLetterDetailsSchema>;
export type ApiDeadLetterPage = z.output<typeof deadLetterPageSchema>;
export type ApiReplayReport = z.output<typeof replaySchema>;
export type ApiPartitionOffsets = z.output<typeof consumedSchema>;
export type ApiResetReport = z.output<typeof resetReportSchema>;
export type ApiTappedMessage = z.output<typeof tappedMessageSchema>;
export type ApiFailure = z.output<typeof failureSchema>;
