import { registerHooks } from "node:module";

/** What a plugin file may import wherever it lies on disk. */
const PROVIDED = ["@iggy-connectors/sdk", "@iggy-connectors/http", "zod"];

/** What a configuration that is a module imports its types' functions from. */
const CONFIGURATION = new URL(
  import.meta.url.endsWith(".ts") ? "../../control/config/define.ts" : "../../control/config/define.js",
  import.meta.url,
).href;

let installed = false;

/**
 * Makes the SDK resolve for a plugin file that has no `node_modules` of its own. A plugin's own copy wins: ours is only
 * the answer where its own resolution finds nothing. Affects this thread only.
 */
export function installResolveHook(): void {
  if (installed) return;
  installed = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!isProvided(specifier)) return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        if (specifier === "iggy-connectors") return { url: CONFIGURATION, shortCircuit: true };
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}

function isProvided(specifier: string): boolean {
  if (specifier === "iggy-connectors") return true;
  return PROVIDED.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
}
