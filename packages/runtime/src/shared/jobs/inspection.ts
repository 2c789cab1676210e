import type { CheckResult } from "@iggy-connectors/sdk";
import type { PluginDescription } from "../task/task-messages.ts";
import type { PluginLocation, TaskSpec } from "../task/task-spec.ts";
import type { TaskError } from "../task/task-status.ts";

/** A question to a worker about a plugin. */
export type InspectionRequest =
  | { readonly kind: "describe"; readonly location: PluginLocation }
  /** Whether its configuration is valid; `connect`: also whether it reaches its destination or origin. */
  | { readonly kind: "check"; readonly spec: TaskSpec; readonly connect: boolean };

/** A problem or a warning in addition to `error`. */
export interface InspectionFinding {
  readonly level: "error" | "warning";
  /** `IGC_PLUGIN_CHECK`: the plugin's own check says so. */
  readonly code: string;
  readonly message: string;
  readonly place?: string | undefined;
  readonly fix?: string | undefined;
}

/** The answer. `error`: why the plugin cannot be used with this configuration. */
export interface InspectionReply {
  readonly plugin: PluginDescription | undefined;
  readonly error: TaskError | undefined;
  readonly findings: readonly InspectionFinding[];
  /** Whether the plugin's own check ran; not every plugin has one. */
  readonly connected: boolean;
  /** What the plugin's own check says about the delivery guarantee. */
  readonly delivery?: CheckResult["delivery"];
}
