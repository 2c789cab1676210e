import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { scriptPaths } from "@iggy-connectors/transforms";
import { isWithin } from "../../shared/is-within.ts";
import type { ConnectorType } from "../../shared/task/task-spec.ts";
import type { ConfigProblem } from "../config/problem.ts";
import type { PluginCatalog } from "./catalog.ts";

export interface AllowedModulesOptions {
  readonly catalog: PluginCatalog;
  /** `connectors.allowed_paths`. */
  readonly allowedPaths: readonly string[];
  readonly workingDirectory: string;
  readonly configDirectory: string;
}

/**
 * Which code a configuration that does not come from a file may name: installed connectors, and what
 * `connectors.allowed_paths` lists. Who sends configurations must not be able to run any module of the machine.
 */
export class AllowedModules {
  readonly #options: AllowedModulesOptions;

  constructor(options: AllowedModulesOptions) {
    this.#options = options;
  }

  /** `existing`: plugins that the connector runs already. */
  checkPlugin(type: ConnectorType, path: unknown, existing: readonly string[] = []): readonly ConfigProblem[] {
    const { catalog, allowedPaths } = this.#options;
    if (typeof path !== "string" || path === "" || catalog.isInstalled(type, path)) return [];
    if (existing.includes(path) || allowedPaths.includes(path)) return [];
    const resolved = catalog.resolve(type, path);
    const file = "url" in resolved && resolved.url.startsWith("file:") ? fileURLToPath(resolved.url) : undefined;
    if (file !== undefined && this.#isAllowed(file)) return [];
    return [
      {
        severity: "error",
        code: "IGC_CONFIG_PATH_NOT_ALLOWED",
        key: "path",
        message: `${JSON.stringify(path)} is neither an installed ${type} nor in connectors.allowed_paths`,
        fix: `add it to connectors.allowed_paths, or use one of ${catalog.installed(type).join(", ") || "(none)"}`,
      },
    ];
  }

  /** Scripts are code, too. `existing`: those that the connector calls already. */
  checkScripts(transforms: unknown, existing: readonly string[] = []): readonly ConfigProblem[] {
    return this.scriptsIn(transforms)
      .filter((script) => !existing.includes(script) && !this.#isAllowed(script))
      .map((script) => ({
        severity: "error",
        code: "IGC_CONFIG_PATH_NOT_ALLOWED",
        key: "transforms",
        message: `the script ${script} is not in connectors.allowed_paths`,
        fix: "add it, or its folder, to connectors.allowed_paths",
      }));
  }

  /** Absolute paths of the scripts that transforms call. */
  scriptsIn(transforms: unknown): readonly string[] {
    const { configDirectory, workingDirectory } = this.#options;
    return scriptPaths(transforms, [configDirectory, workingDirectory]);
  }

  #isAllowed(file: string): boolean {
    const { allowedPaths, workingDirectory } = this.#options;
    return allowedPaths.some((allowed) => isWithin(resolve(workingDirectory, allowed), file));
  }
}
