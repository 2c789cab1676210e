import { scriptPaths } from "@iggy-connectors/transforms";
import { transformDirectories } from "../../../shared/transform-directories.ts";
import type { CodeSpec } from "../run/code-files.ts";
import type { Isolation } from "./placement.ts";

/** `isolation` of a connector file. */
export type ConfiguredIsolation = Isolation | "auto";

export interface ChosenIsolation {
  readonly isolation: Isolation;
  /** Why, for those who look. */
  readonly reason: string;
}

/**
 * Where the tasks of a connector run. Code that is not ours may block its thread, end it or fill its memory: it gets one of
 * its own, and what is ours shares. `shipped`: its plugin is a connector of ours.
 */
export function chooseIsolation(
  configured: ConfiguredIsolation,
  shipped: boolean,
  spec: Omit<CodeSpec, "plugin">,
): ChosenIsolation {
  if (configured !== "auto") return { isolation: configured, reason: "as configured" };
  if (!shipped) return { isolation: "thread", reason: "its plugin does not ship with the runtime" };
  const [script] = scriptPaths(spec.transforms, transformDirectories(spec));
  if (script !== undefined) return { isolation: "thread", reason: `it runs the script ${script}` };
  return { isolation: "shared", reason: "it ships with the runtime and runs no code of the user" };
}
