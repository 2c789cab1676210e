import type { ConnectorType } from "../../shared/task/task-spec.ts";
import type { ConfigProblem } from "../config/problem.ts";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";
import type { Readiness } from "../health/readiness.ts";
import type { MetricsInput } from "../metrics/metrics-input.ts";
import type { Administration } from "../operations/administration/administration.ts";
import type { Validation } from "../operations/administration/validation.ts";
import type { Letters } from "../operations/dead-letters/letters.ts";
import type { Positions } from "../operations/offsets/positions.ts";
import type { PluginCatalog } from "../plugins/catalog.ts";
import type { ConnectorSnapshot } from "../supervisor/connectors/snapshot.ts";
import type { RuntimeEvents } from "../supervisor/observation/runtime-events.ts";
import type { TapHub } from "../tap/hub.ts";

/** What the API shows. It is read for every request, so that the API answers while connectors are still being loaded. */
export interface ApiSubject {
  overview(): MetricsInput;
  connector(type: ConnectorType, key: string): ConnectorSnapshot | undefined;
  /** Findings about files that did not load. */
  errors(): readonly ConfigProblem[];
}

/** What the API changes, and what it reads beyond the current state. */
export interface ApiControls {
  readonly administration: Administration;
  readonly validation: Validation;
  readonly catalog: PluginCatalog;
  readonly letters: Letters;
  readonly positions: Positions;
  readonly tap: TapHub;
  readonly events: RuntimeEvents;
  readonly readiness: Readiness;
}

/** What the routes are given. */
export interface ApiDependencies {
  readonly config: RuntimeConfig["http"];
  readonly subject: ApiSubject;
  /** Absent: the API only shows the current state. */
  readonly controls: ApiControls | undefined;
  /** Removes secrets from a text. */
  readonly redact: (text: string) => string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
}
