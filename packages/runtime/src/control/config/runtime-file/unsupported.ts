import type { KeyPath } from "../../../shared/key-path.ts";
import { getAt, type Table } from "../../../shared/key-path.ts";
import type { RuntimeConfig } from "./schema.ts";

export interface Unsupported {
  readonly path: KeyPath;
  readonly message: string;
  readonly fix: string;
}

/** Settings that this version does not support: they are errors, never silently ignored. */
export function unsupportedSettings(config: RuntimeConfig, written: Table): Unsupported[] {
  const found: Unsupported[] = [];
  const refuse = (requested: boolean, path: KeyPath, what: string, fix: string): void => {
    if (requested) found.push({ path, message: `${what} is not supported yet`, fix });
  };
  /** A key that is on by default is refused only where it is written. */
  const wrote = (path: KeyPath): boolean => getAt(written, path) === true;

  const { state, leases } = config;
  refuse(state.backend === "iggy", ["state", "backend"], "state in Iggy", 'use "file"');
  refuse(leases.enabled === true, ["leases", "enabled"], "leases", "run each source in one runtime only");
  refuse(wrote(["http", "console"]), ["http", "console"], "the console", "remove the key");
  return found;
}
