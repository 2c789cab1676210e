import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ConnectorType } from "../../shared/task/task-spec.ts";
import { foldersUpwards } from "../config/locate.ts";
import { RUNTIME_MODULES } from "./runtime-modules.ts";

/** Where plugins are searched for. */
export interface PluginFolders {
  readonly configDirectory: string;
  readonly workingDirectory: string;
  /** Modules next to which npm packages are searched for after the configuration's folder. Default: the runtime and the command. */
  readonly runtimeModules?: readonly string[];
}

/** Names of our connectors of this type, in all folders where packages are searched for. */
export function installedConnectors(
  type: ConnectorType,
  { configDirectory, runtimeModules = RUNTIME_MODULES }: Omit<PluginFolders, "workingDirectory">,
): string[] {
  const names = new Set<string>();
  const folders = [configDirectory, ...runtimeModules.map((module) => dirname(module))].flatMap(foldersUpwards);
  for (const folder of new Set(folders)) {
    let entries: string[];
    try {
      entries = readdirSync(join(folder, "node_modules", "@iggy-connectors"));
    } catch {
      continue;
    }
    for (const entry of entries) if (entry.startsWith(`${type}-`)) names.add(entry.slice(type.length + 1));
  }
  return [...names].sort();
}
