import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";

/** Version of this package; in the command's bundle, of the command, which is the same. */
export const RUNTIME_VERSION: string = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(findPackageJSON(import.meta.url)!, "utf8"));
  return (manifest as { readonly version: string }).version;
}

/** 1.2.3 → 1002003, as the original counts; `undefined` for what is no version. */
export function numericVersion(version: string): number | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (match === null) return undefined;
  return Number(match[1]) * 1_000_000 + Number(match[2]) * 1000 + Number(match[3]);
}
