import { registerHooks } from "node:module";
import { bundledFile } from "../../shared/bundle.ts";

/** What a plugin file may import, wherever on disk it is. */
const PROVIDED = ["@iggy-connectors/sdk", "@iggy-connectors/http", "zod"];

/** The files of the command's bundle that are these modules. */
const BUNDLED = new Map([
  ["@iggy-connectors/sdk", "sdk"],
  ["@iggy-connectors/sdk/internal", "sdk-internal"],
  ["@iggy-connectors/http", "http"],
  ["zod", "zod"],
]);

/** What a configuration module imports as `iggy-connectors`. */
const CONFIGURATION = (
  bundledFile("config") ??
  new URL(
    import.meta.url.endsWith(".ts") ? "../../control/config/define.ts" : "../../control/config/define.js",
    import.meta.url,
  )
).href;

type Resolve = (parent: string | undefined) => string;

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
      const resolve: Resolve = (parent) => nextResolve(specifier, { ...context, parentURL: parent }).url;
      const found = orNotFound(() => resolve(context.parentURL));
      if (found === undefined && specifier === "iggy-connectors") return { url: CONFIGURATION, shortCircuit: true };
      const own = bundledCopy(specifier, found, resolve);
      if (own !== undefined) return { url: own, format: "module", shortCircuit: true };
      return found === undefined
        ? nextResolve(specifier, { ...context, parentURL: import.meta.url })
        : nextResolve(specifier, context);
    },
  });
}

/**
 * The package that was installed with the command is what the bundle contains: who finds it, such as the connectors that were
 * installed with it, gets the bundle's, so that each module exists once. `undefined`: another copy was found, or nothing is bundled.
 */
function bundledCopy(specifier: string, found: string | undefined, resolve: Resolve): string | undefined {
  const name = BUNDLED.get(specifier);
  const file = name === undefined ? undefined : bundledFile(name)?.href;
  if (file === undefined || found === undefined) return file;
  return found === orNotFound(() => resolve(import.meta.url)) ? file : undefined;
}

function isProvided(specifier: string): boolean {
  if (specifier === "iggy-connectors") return true;
  return PROVIDED.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

function orNotFound(resolve: () => string): string | undefined {
  try {
    return resolve();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
