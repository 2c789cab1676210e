import type { KeyPath } from "../../../shared/key-path.ts";
import { getAt, type Table } from "../../../shared/key-path.ts";
import type { RuntimeConfig } from "./schema.ts";

export interface Unsupported {
  readonly path: KeyPath;
  readonly message: string;
  readonly fix: string;
}

/** What a configuration asks for and this version does not do. Nothing that was asked for is ignored quietly. */
export function unsupportedSettings(config: RuntimeConfig, written: Table): Unsupported[] {
  const found: Unsupported[] = [];
  const refuse = (asked: boolean, path: KeyPath, what: string, fix: string): void => {
    if (asked) found.push({ path, message: `${what} is not supported by this version`, fix });
  };
  /** Keys that are on by default count as asked for only where somebody wrote them. */
  const wrote = (path: KeyPath): boolean => getAt(written, path) === true;

  const { state, leases } = config;
  refuse(state.backend === "iggy", ["state", "backend"], "state in Iggy", 'use "file"');
  refuse(leases.enabled === true, ["leases", "enabled"], "leases", "run each source in one runtime only");
  refuse(wrote(["http", "console"]), ["http", "console"], "the console", "remove the key");
  return found;
}
