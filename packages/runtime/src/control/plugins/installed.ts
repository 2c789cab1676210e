import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ConnectorType } from "../../shared/task/task-spec.ts";
import { foldersUpwards } from "../config/locate.ts";

export interface PluginPlaces {
  readonly configDirectory: string;
  readonly workingDirectory: string;
  /** Modules beside which npm packages are looked for after the config folder: the runtime, the command. */
  readonly runtimeModules: readonly string[];
}

/** Names of our connectors of this type, wherever packages are looked for. */
export function installedConnectors(
  type: ConnectorType,
  { configDirectory, runtimeModules }: Omit<PluginPlaces, "workingDirectory">,
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
