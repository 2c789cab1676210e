import type { PluginDescription } from "../task/task-messages.ts";
import type { PluginLocation, TaskSpec } from "../task/task-spec.ts";
import type { TaskError } from "../task/task-status.ts";

/** What a worker is asked about a plugin. */
export type InspectionRequest =
  | { readonly kind: "describe"; readonly location: PluginLocation }
  /** Whether its settings suit it; `connect`: also whether it reaches what it writes to or reads from. */
  | { readonly kind: "check"; readonly spec: TaskSpec; readonly connect: boolean };

/** Something that is wrong or strange beside what `error` says. */
export interface InspectionFinding {
  readonly level: "error" | "warning";
  /** `IGC_PLUGIN_CHECK`: the plugin's own check says so. */
  readonly code: string;
  readonly message: string;
  readonly place?: string | undefined;
  readonly fix?: string | undefined;
}

/** Its answer. `error`: it cannot be used like this. */
export interface InspectionReply {
  readonly plugin: PluginDescription | undefined;
  readonly error: TaskError | undefined;
  readonly findings: readonly InspectionFinding[];
  /** Its own check was asked; a plugin that has none cannot be. */
  readonly connected: boolean;
}
