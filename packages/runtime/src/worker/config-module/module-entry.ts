import type { ModuleAnswer } from "../../shared/jobs/module-answer.ts";
import { sourceLine } from "../plugin/module-error.ts";
import { installResolveHook } from "../plugin/resolve-hook.ts";
import { openChannel } from "../task/thread-channel.ts";

const { work: url, post } = openChannel<string, never, ModuleAnswer>();
const exit = process.exit.bind(process);
post(await read());
// Whatever the module left open must not keep the thread alive.
exit(0);

async function read(): Promise<ModuleAnswer> {
  installResolveHook();
  try {
    const { default: exported } = (await import(url)) as { default?: unknown };
    if (exported === undefined) return { problem: "it has no default export" };
    const value: unknown = await (typeof exported === "function" ? exported() : exported);
    return { value: plain(value, "") };
  } catch (error) {
    return { problem: describe(error) };
  }
}

function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = sourceLine(error);
  const at = line === undefined ? "" : ` (${line})`;
  const { code } = error as { code?: unknown };
  if (code !== "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") return message + at;
  return `${message}${at}: it runs without a build, so only erasable TypeScript syntax is allowed`;
}

/** A copy with only what the other formats can express. Members that are undefined are left out. */
function plain(value: unknown, path: string): unknown {
  if (value === null || ["string", "number", "boolean", "bigint"].includes(typeof value)) return value;
  if (Array.isArray(value)) return value.map((item, index) => plain(item, `${path}[${index}]`));
  const prototype: unknown = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null) {
    throw new Error(`${path === "" ? "the default export" : path} is not a plain value`);
  }
  const members = Object.entries(value as object).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([key, member]) => [key, plain(member, path === "" ? key : `${path}.${key}`)] as const),
  );
}
