import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { moduleError } from "./module-error.ts";
import { installResolveHook } from "./resolve-hook.ts";

/**
 * Imports a module of the user's, such as a script; the SDK resolves in it wherever it is. `what` names it in errors.
 * @throws FatalError `IGC_PLUGIN_*` when it cannot be used, also for TypeScript that cannot be erased.
 */
export async function loadUserModule(path: string, what: string): Promise<Readonly<Record<string, unknown>>> {
  installResolveHook();
  const { href } = versioned(path);
  try {
    return (await import(href)) as Record<string, unknown>;
  } catch (error) {
    throw moduleError(error, path, href, what);
  }
}

/** A thread keeps the modules it imported: in one that outlives its tasks a changed file needs another URL. */
function versioned(path: string): URL {
  const url = pathToFileURL(path);
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (changed !== undefined) url.searchParams.set("changed", String(changed));
  return url;
}
