import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Conditions under which our packages' exports are read: those of an import, and what the process was started with. */
const CONDITIONS: ReadonlySet<string> = new Set([
  "import",
  "node",
  "module-sync",
  "default",
  ...[...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(" ")].flatMap((argument, index, all) => {
    if (argument.startsWith("--conditions=")) return [argument.slice("--conditions=".length)];
    return argument === "-C" || argument === "--conditions" ? [all[index + 1] ?? ""] : [];
  }),
]);

/** The file that importing the package in `folder` would load; `undefined`: its package.json names none. */
export function packageEntry(folder: string): string | undefined {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  } catch {
    return undefined;
  }
  if (typeof manifest !== "object" || manifest === null) return undefined;
  const { exports, main } = manifest as { exports?: unknown; main?: unknown };
  const target = exports === undefined ? (typeof main === "string" ? main : "index.js") : rootTarget(exports);
  return target === undefined ? undefined : join(folder, target);
}

/** The target of `.` in an `exports` value. */
function rootTarget(exports: unknown): string | undefined {
  if (typeof exports === "object" && exports !== null && !Array.isArray(exports) && "." in exports) {
    return conditionalTarget(exports["."]);
  }
  return conditionalTarget(exports);
}

function conditionalTarget(target: unknown): string | undefined {
  if (typeof target === "string") return target;
  if (Array.isArray(target)) return target.map(conditionalTarget).find((one) => one !== undefined);
  if (typeof target !== "object" || target === null) return undefined;
  for (const [condition, nested] of Object.entries(target)) {
    const found = CONDITIONS.has(condition) ? conditionalTarget(nested) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
