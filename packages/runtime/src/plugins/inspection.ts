import type { PluginDescription, TaskError, TaskSpec } from "../task/protocol.ts";
import type { PluginSite } from "./load.ts";

/** What a worker is asked about a plugin. */
export type InspectionRequest =
  | { readonly kind: "describe"; readonly site: PluginSite }
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

/** The module that answers; beside this file, built or not. */
export const INSPECTION_WORKER_URL = new URL(
  import.meta.url.endsWith(".ts") ? "./inspection-entry.ts" : "./inspection-entry.js",
  import.meta.url,
);
