import { registerHooks } from "node:module";

/** What a plugin file may import, wherever on disk it is. */
const PROVIDED = ["@iggy-connectors/sdk", "@iggy-connectors/http", "zod"];

/** What a configuration module imports as `iggy-connectors`. */
const CONFIGURATION = new URL(
  import.meta.url.endsWith(".ts") ? "../../control/config/define.ts" : "../../control/config/define.js",
  import.meta.url,
).href;

let installed = false;

/**
 * Makes the SDK resolve for a plugin file without `node_modules`. A plugin's own copy takes precedence: ours is used only
 * where normal resolution finds nothing. Affects this thread only.
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
