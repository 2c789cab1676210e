import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cutText } from "../../shared/cut-text.ts";
import type { InspectionReply, InspectionRequest } from "../../shared/jobs/inspection.ts";
import { plainValue, UnusableValue } from "../../shared/plain-value.ts";
import type { PluginDescription } from "../../shared/task/task-messages.ts";
import type { ConnectorType, TaskSpec } from "../../shared/task/task-spec.ts";
import { INSPECTION_WORKER_URL } from "../../worker/entries.ts";
import { checkInspectionReply } from "../supervisor/placements/incoming.ts";
import { askWorker } from "../worker-answer.ts";
import { workerEnvironment } from "../worker-environment.ts";
import { installedConnectors, type PluginFolders } from "./installed.ts";
import { connectorOfLibrary, type Resolved, resolvePlugin } from "./resolve.ts";

/** Milliseconds that the import of a plugin may take. */
const IMPORT_TIMEOUT = 20_000;
/** Mebibytes of heap for the inspection of a plugin. */
const INSPECTION_HEAP = 256;

/**
 * The descriptions of plugins. Their code never runs in this thread: a worker imports it, once per version of the module's
 * file, unless a task has reported the description already.
 */
export class PluginCatalog {
  readonly #folders: PluginFolders;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #descriptions = new Map<string, Promise<PluginDescription | undefined>>();

  constructor(folders: PluginFolders, environment: NodeJS.ProcessEnv) {
    this.#folders = folders;
    this.#environment = environment;
  }

  resolve(type: ConnectorType, path: string): Resolved {
    return resolvePlugin({ ...this.#folders, type, path });
  }

  /** Names of our connectors that are installed. */
  installed(type: ConnectorType): string[] {
    return installedConnectors(type, this.#folders);
  }

  /** Whether a path names one of our connectors, by its name or as the original's library path. */
  isInstalled(type: ConnectorType, path: string): boolean {
    const library = connectorOfLibrary(path);
    const name = library === undefined ? path.replaceAll("_", "-") : library.name;
    return (library?.type ?? type) === type && this.installed(type).includes(name);
  }

  /** Takes over the description from a task that has imported the plugin. */
  learn(type: ConnectorType, path: string, plugin: PluginDescription): void {
    const resolved = this.resolve(type, path);
    if ("url" in resolved) this.#descriptions.set(versionOf(type, resolved.url), Promise.resolve(usable(plugin)));
  }

  /** `undefined`: there is no such plugin, or it cannot be imported. */
  async describe(type: ConnectorType, path: string): Promise<PluginDescription | undefined> {
    const resolved = this.resolve(type, path);
    if ("problem" in resolved) return undefined;
    const name = versionOf(type, resolved.url);
    let description = this.#descriptions.get(name);
    if (description === undefined) {
      const location = { type, key: path, plugin: { path, url: resolved.url }, file: undefined };
      description = this.#ask({ kind: "describe", location }, IMPORT_TIMEOUT).then(({ plugin }) => {
        // A missing dependency may be installed by the next time.
        if (plugin === undefined) this.#descriptions.delete(name);
        return plugin && usable(plugin);
      });
      this.#descriptions.set(name, description);
    }
    return description;
  }

  /** Checks whether such a task could start; `connect`: also whether it reaches the external system. */
  check(spec: TaskSpec, connect: boolean): Promise<InspectionReply> {
    const timeout = IMPORT_TIMEOUT + (connect ? spec.startTimeout : 0);
    return this.#ask({ kind: "check", spec, connect }, timeout);
  }

  async #ask(request: InspectionRequest, timeout: number): Promise<InspectionReply> {
    const failed = (code: string, message: string): InspectionReply => ({
      plugin: undefined,
      error: { code, message, timestamp: Date.now() * 1000 },
      findings: [],
      connected: false,
    });
    const result = await askWorker({
      url: INSPECTION_WORKER_URL,
      work: request,
      options: {
        env: workerEnvironment(this.#environment),
        resourceLimits: { maxOldGenerationSizeMb: INSPECTION_HEAP },
        stdout: true,
        stderr: true,
        name: "plugin inspection",
      },
      timeout,
      check: checkInspectionReply,
    });
    if ("answer" in result) return result.answer;
    switch (result.failure) {
      case "timeout":
        return failed("IGC_PLUGIN_HUNG", `the plugin did not answer within ${timeout} ms`);
      case "error":
        return failed("IGC_PLUGIN_CRASHED", cutText(String(result.error)));
      case "exit":
        return failed("IGC_PLUGIN_EXITED", `the plugin ended its worker with exit code ${result.code}`);
    }
  }
}

/** A description whose schema may be walked. One that has no usable schema has none: all settings are masked. */
function usable(plugin: PluginDescription): PluginDescription {
  try {
    return { ...plugin, configSchema: plainValue(plugin.configSchema) };
  } catch (error) {
    if (!(error instanceof UnusableValue)) throw error;
    return { ...plugin, configSchema: undefined };
  }
}

/** A module that has changed is another one. */
function versionOf(type: ConnectorType, url: string): string {
  const file = url.startsWith("file:") ? statSync(fileURLToPath(url), { throwIfNoEntry: false }) : undefined;
  return `${type} ${url} ${file?.mtimeMs ?? 0}`;
}
