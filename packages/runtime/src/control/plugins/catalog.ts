import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { InspectionReply, InspectionRequest } from "../../shared/jobs/inspection.ts";
import type { PluginDescription } from "../../shared/task/task-messages.ts";
import type { ConnectorType, TaskSpec } from "../../shared/task/task-spec.ts";
import { INSPECTION_WORKER_URL } from "../../worker/entries.ts";
import { workerEnvironment } from "../worker-environment.ts";
import { installedConnectors, type PluginPlaces } from "./installed.ts";
import { connectorOfLibrary, type Resolved, resolvePlugin } from "./resolve.ts";

/** Milliseconds that importing a plugin may take. */
const IMPORT_TIMEOUT = 20_000;
/** Mebibytes of heap for a look at a plugin. */
const INSPECTION_HEAP = 256;

/**
 * What plugins say of themselves. Their code never runs in this thread: a worker is asked, once per state of the module's
 * file, unless a task has told it already.
 */
export class PluginCatalog {
  readonly #places: PluginPlaces;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #descriptions = new Map<string, Promise<PluginDescription | undefined>>();

  constructor(places: PluginPlaces, environment: NodeJS.ProcessEnv) {
    this.#places = places;
    this.#environment = environment;
  }

  resolve(type: ConnectorType, path: string): Resolved {
    return resolvePlugin({ ...this.#places, type, path });
  }

  /** Names of our connectors that are installed. */
  installed(type: ConnectorType): string[] {
    return installedConnectors(type, this.#places);
  }

  /** Whether a path names one of our connectors, by its name or as the original's library path. */
  isInstalled(type: ConnectorType, path: string): boolean {
    const library = connectorOfLibrary(path);
    const name = library === undefined ? path.replaceAll("_", "-") : library.name;
    return (library?.type ?? type) === type && this.installed(type).includes(name);
  }

  /** A task has imported it. */
  learn(type: ConnectorType, path: string, plugin: PluginDescription): void {
    const resolved = this.resolve(type, path);
    if ("url" in resolved) this.#descriptions.set(nameOf(type, resolved.url), Promise.resolve(plugin));
  }

  /** `undefined`: there is no such plugin, or it cannot be imported. */
  async describe(type: ConnectorType, path: string): Promise<PluginDescription | undefined> {
    const resolved = this.resolve(type, path);
    if ("problem" in resolved) return undefined;
    const name = nameOf(type, resolved.url);
    let description = this.#descriptions.get(name);
    if (description === undefined) {
      const location = { type, key: path, plugin: { path, url: resolved.url }, file: undefined };
      description = this.#ask({ kind: "describe", location }, IMPORT_TIMEOUT).then(({ plugin }) => {
        // What it lacked may be installed by the next time.
        if (plugin === undefined) this.#descriptions.delete(name);
        return plugin;
      });
      this.#descriptions.set(name, description);
    }
    return description;
  }

  /** Whether a task of this kind could start; `connect`: also whether it reaches the other side. */
  check(spec: TaskSpec, connect: boolean): Promise<InspectionReply> {
    const timeout = IMPORT_TIMEOUT + (connect ? spec.startTimeout : 0);
    return this.#ask({ kind: "check", spec, connect }, timeout);
  }

  async #ask(request: InspectionRequest, timeout: number): Promise<InspectionReply> {
    const worker = new Worker(INSPECTION_WORKER_URL, {
      workerData: request,
      env: workerEnvironment(this.#environment),
      resourceLimits: { maxOldGenerationSizeMb: INSPECTION_HEAP },
      stdout: true,
      stderr: true,
      name: "plugin inspection",
    });
    worker.stdout.resume();
    worker.stderr.resume();
    const failed = (code: string, message: string): InspectionReply => ({
      plugin: undefined,
      error: { code, message, timestamp: Date.now() * 1000 },
      findings: [],
      connected: false,
    });
    const { promise, resolve } = Promise.withResolvers<InspectionReply>();
    const timer = setTimeout(() => {
      resolve(failed("IGC_PLUGIN_HUNG", `the plugin did not answer within ${timeout} ms`));
      void worker.terminate();
    }, timeout);
    worker.once("message", (reply: InspectionReply) => resolve(reply));
    worker.once("error", (error) => resolve(failed("IGC_PLUGIN_CRASHED", String(error))));
    worker.once("exit", (code) =>
      resolve(failed("IGC_PLUGIN_EXITED", `the plugin ended its worker with code ${code}`)),
    );
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A module that was changed is another one. */
function nameOf(type: ConnectorType, url: string): string {
  const file = url.startsWith("file:") ? statSync(fileURLToPath(url), { throwIfNoEntry: false }) : undefined;
  return `${type} ${url} ${file?.mtimeMs ?? 0}`;
}
